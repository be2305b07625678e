import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentRequest } from '../logging/request-context.ts';
import { limitClassOf } from './limited.ts';
import { RateLimiter } from './rate-limiter.ts';

/** Of every endpoint: counts the requests of each user, or of each address where nobody is logged in. Runs after authentication. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  readonly #limiter: RateLimiter;

  constructor(limiter: RateLimiter) {
    this.#limiter = limiter;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const limitClass = limitClassOf(context.getHandler());
    if (limitClass !== 'none') {
      const who = currentRequest()?.userId ?? context.switchToHttp().getRequest<FastifyRequest>().ip;
      await this.#limiter.count(limitClass, who);
    }
    return true;
  }
}
