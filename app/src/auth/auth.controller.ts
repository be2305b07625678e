import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { About, Answers } from '../http/decorators/answers.ts';
import { Client, type ClientTraits } from '../http/decorators/client.ts';
import { Public } from '../http/decorators/public.ts';
import { Limited } from '../rate-limit/limited.ts';
import {
  type ForgotPassword,
  forgotPasswordBody,
  type Login,
  loginBody,
  type Refresh,
  type Register,
  type ResetPassword,
  refreshBody,
  registerBody,
  resetPasswordBody,
  type SessionView,
  sessionView,
} from './auth.dto.ts';
import { AuthService } from './auth.service.ts';

/** Whoever comes here has no access token, or none that is valid any more. */
@Public()
@About({ name: 'Authentication', description: 'Accounts and sessions.' })
@Controller('auth')
export class AuthController {
  readonly #auth: AuthService;

  constructor(auth: AuthService) {
    this.#auth = auth;
  }

  @Post('register')
  @Limited('auth')
  @Answers({ summary: 'Register and log in', status: 201, body: sessionView, problems: [409] })
  register(@Body({ schema: registerBody }) body: Register): Promise<SessionView> {
    return this.#auth.register(body);
  }

  @Post('login')
  @Limited('auth')
  @HttpCode(200)
  @Answers({ summary: 'Log in', status: 200, body: sessionView, problems: [401] })
  login(@Body({ schema: loginBody }) body: Login): Promise<SessionView> {
    return this.#auth.login(body);
  }

  @Post('forgot-password')
  @Limited('auth')
  @HttpCode(202)
  @Answers({ summary: 'Send a mail with a code that resets the password', status: 202 })
  async forgotPassword(@Body({ schema: forgotPasswordBody }) body: ForgotPassword): Promise<void> {
    await this.#auth.forgotPassword(body);
  }

  @Post('reset-password')
  @Limited('auth')
  @HttpCode(200)
  @Answers({
    summary: 'Set a new password with the code from the mail',
    status: 200,
    body: sessionView,
    problems: [422],
  })
  resetPassword(@Body({ schema: resetPasswordBody }) body: ResetPassword): Promise<SessionView> {
    return this.#auth.resetPassword(body);
  }

  @Post('refresh')
  @Limited('auth')
  @HttpCode(200)
  @Answers({ summary: 'Refresh the tokens', status: 200, body: sessionView, problems: [401] })
  refresh(
    @Body({ schema: refreshBody }) { refreshToken }: Refresh,
    @Client() client: ClientTraits,
  ): Promise<SessionView> {
    return this.#auth.refresh(refreshToken, client);
  }

  @Post('logout')
  @HttpCode(204)
  @Answers({ summary: 'Log out', status: 204 })
  async logout(@Body({ schema: refreshBody }) { refreshToken }: Refresh): Promise<void> {
    await this.#auth.logout(refreshToken);
  }
}
