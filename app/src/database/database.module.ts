import { Module } from '@nestjs/common';
import { Database } from './database.ts';
import { DatabaseChecks } from './database-checks.ts';

@Module({ providers: [Database, DatabaseChecks], exports: [Database, DatabaseChecks] })
export class DatabaseModule {}
