import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { About, Answers } from '../http/decorators/answers.ts';
import { CurrentUser } from '../http/decorators/current-user.ts';
import { type UserView, userView, type VerifyEmail, verifyEmailBody } from './users.dto.ts';
import { UsersService } from './users.service.ts';

@About({ name: 'Account', description: 'The account of the access token.' })
@Controller('users')
export class UsersController {
  readonly #users: UsersService;

  constructor(users: UsersService) {
    this.#users = users;
  }

  @Get('me')
  @Answers({ summary: 'Get the account', status: 200, body: userView })
  me(@CurrentUser() userId: string): Promise<UserView> {
    return this.#users.get(userId);
  }

  @Post('me/verify-email')
  @HttpCode(200)
  @Answers({
    summary: 'Verify the email address with the code from the mail',
    status: 200,
    body: userView,
    problems: [422],
  })
  verifyEmail(@CurrentUser() userId: string, @Body({ schema: verifyEmailBody }) body: VerifyEmail): Promise<UserView> {
    return this.#users.verifyEmail(userId, body.token);
  }

  @Post('me/verification-mail')
  @HttpCode(202)
  @Answers({ summary: 'Send the verification mail again', status: 202, problems: [409] })
  async requestVerification(@CurrentUser() userId: string): Promise<void> {
    await this.#users.requestVerification(userId);
  }

  @Delete('me')
  @HttpCode(204)
  @Answers({ summary: 'Delete the account and all its data', status: 204 })
  async delete(@CurrentUser() userId: string): Promise<void> {
    await this.#users.delete(userId);
  }
}
