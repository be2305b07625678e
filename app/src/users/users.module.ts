import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.ts';
import { Database } from '../database/database.ts';
import { MailBudget } from '../mail/mail-budget.ts';
import { UsersController } from './users.controller.ts';
import { UsersRepository } from './users.repository.ts';
import { UsersService } from './users.service.ts';

@Module({
  imports: [DatabaseModule],
  controllers: [UsersController],
  providers: [
    UsersService,
    UsersRepository,
    {
      provide: MailBudget,
      inject: [Database],
      useFactory: (database: Database) => new MailBudget(database, () => new Date()),
    },
  ],
  exports: [UsersRepository, MailBudget],
})
export class UsersModule {}
