import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.ts';
import { AUTH_SECRETS } from '../env/tokens.ts';
import { UsersModule } from '../users/users.module.ts';
import { AccessTokens } from './access-tokens.ts';
import { AuthController } from './auth.controller.ts';
import { AuthService } from './auth.service.ts';
import { Passwords } from './passwords.ts';
import { SessionsRepository } from './sessions.repository.ts';

@Module({
  imports: [DatabaseModule, UsersModule],
  controllers: [AuthController],
  providers: [
    AuthService,
    Passwords,
    SessionsRepository,
    {
      provide: AccessTokens,
      inject: [AUTH_SECRETS],
      useFactory: (secrets: readonly string[]) => new AccessTokens(secrets),
    },
  ],
  exports: [AccessTokens],
})
export class AuthModule {}
