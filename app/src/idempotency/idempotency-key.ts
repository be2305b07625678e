import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InvalidInput } from '../errors/invalid-input.ts';

/** What a client generates once per write and sends again with each attempt. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters, such as a UUID');

/** The request's Idempotency-Key; `undefined` without one. @throws InvalidInput */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
  if (header === undefined) {
    return undefined;
  }
  const { success, data, error } = idempotencyKey.safeParse(header);
  if (!success) {
    const detail = error.issues[0]?.message ?? 'is not valid';
    throw new InvalidInput([{ in: 'header', pointer: '/idempotency-key', detail }]);
  }
  return data;
});
