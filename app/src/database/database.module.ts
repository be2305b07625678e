import { Module } from '@nestjs/common';
import { DatabaseChecks } from '../health/database-checks.ts';
import { Database } from './database.ts';

@Module({ providers: [Database, DatabaseChecks], exports: [Database, DatabaseChecks] })
export class DatabaseModule {}
