import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { answerOf } from './decorators/answers.ts';
import { refuseUnmatched } from './preconditions.ts';

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Of every endpoint that does not look at If-Match by itself: what was asked for on a condition is not done without it. */
@Injectable()
export class PreconditionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers, method } = context.switchToHttp().getRequest<FastifyRequest>();
    const conditional = headers['if-match'] !== undefined || headers['if-none-match'] !== undefined;
    if (conditional && answerOf(context.getHandler())?.accepts?.some((name) => name.startsWith('if-')) !== true) {
      refuseUnmatched(headers, !safe.has(method));
    }
    return true;
  }
}
