import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who asks, as far as two requests show it in the same seconds. */
export interface ClientTraits {
  readonly address: string;
  readonly userAgent: string;
}

export const Client = createParamDecorator((_: unknown, context: ExecutionContext): ClientTraits => {
  const { ip, headers } = context.switchToHttp().getRequest<FastifyRequest>();
  return { address: ip, userAgent: headers['user-agent'] ?? '' };
});
