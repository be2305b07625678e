import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Unauthenticated } from '../errors/unauthenticated.ts';
import { isPublic } from '../http/decorators/public.ts';
import { currentRequest } from '../logging/request-context.ts';
import { AccessTokens } from './access-tokens.ts';

/** Of every endpoint: lets a request through that has a valid access token, or whose endpoint is public. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  readonly #tokens: AccessTokens;

  constructor(tokens: AccessTokens) {
    this.#tokens = tokens;
  }

  canActivate(context: ExecutionContext): boolean {
    if (isPublic(context.getClass(), context.getHandler())) {
      return true;
    }
    const { authorization } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    const userId = this.#tokens.userIdOf(bearerOf(authorization));
    const request = currentRequest();
    if (userId === undefined || request === undefined) {
      throw new Unauthenticated();
    }
    request.userId = userId;
    return true;
  }
}

/** The name of the scheme has no case (RFC 9110, section 11.1). */
function bearerOf(authorization: string | undefined): string {
  return authorization !== undefined && /^bearer /i.test(authorization) ? authorization.slice('bearer '.length) : '';
}
