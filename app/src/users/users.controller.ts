import { Controller, Delete, Get, HttpCode } from '@nestjs/common';
import { Answers } from '../http/decorators/answers.ts';
import { CurrentUser } from '../http/decorators/current-user.ts';
import { type UserView, userView } from './users.dto.ts';
import { UsersService } from './users.service.ts';

@Controller('users')
export class UsersController {
  readonly #users: UsersService;

  constructor(users: UsersService) {
    this.#users = users;
  }

  @Get('me')
  @Answers({ summary: 'Who I am', status: 200, body: userView })
  me(@CurrentUser() userId: string): Promise<UserView> {
    return this.#users.get(userId);
  }

  @Delete('me')
  @HttpCode(204)
  @Answers({ summary: 'Delete my account and all that is mine', status: 204 })
  async delete(@CurrentUser() userId: string): Promise<void> {
    await this.#users.delete(userId);
  }
}
