import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { domainError } from '../errors/domain-error.ts';
import { InvalidInput } from '../errors/invalid-input.ts';

/** Which versions a change may be made to: RFC 9110, section 13.1.1. */
export type ExpectedVersions = 'any' | readonly number[];

/** Without the version that a change was made from, it could undo another one unseen (RFC 6585, section 3). */
class VersionMissing extends domainError(
  'precondition-required',
  'IF_MATCH_MISSING',
  'The header If-Match must hold the ETag of what is to be changed.',
) {}

/** What it was changed from is no longer what it is. */
export class VersionMismatch extends domainError(
  'precondition-failed',
  'VERSION_MISMATCH',
  'It was changed meanwhile: get it again, and change that.',
) {}

const tag = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const list = new RegExp(String.raw`^${tag}(?:[ \t]*,[ \t]*${tag})*$`);

/** `undefined`: the header is not there. @throws InvalidInput when it is no list of entity tags */
export function parseIfMatch(header: string | undefined): ExpectedVersions | undefined {
  if (header === undefined || header === '*') {
    return header === undefined ? undefined : 'any';
  }
  if (!list.test(header)) {
    throw new InvalidInput([{ in: 'header', pointer: '/if-match', detail: 'must be * or a list of entity tags' }]);
  }
  // A weak tag never matches, and neither does one that is not ours.
  return [...header.matchAll(/(?<weak>W\/)?"(?<version>[^"]*)"/g)].flatMap(({ groups }) =>
    groups?.['weak'] === undefined && /^\d{1,9}$/.test(groups?.['version'] ?? '') ? [Number(groups?.['version'])] : [],
  );
}

export function entityTag(version: number): string {
  return `"${version}"`;
}

/** The versions that the request's If-Match names. @throws VersionMissing without it */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): ExpectedVersions => {
  const expected = parseIfMatch(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']);
  if (expected === undefined) {
    throw new VersionMissing();
  }
  return expected;
});
