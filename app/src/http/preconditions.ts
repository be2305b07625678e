import type { IncomingHttpHeaders } from 'node:http';
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

type Header = 'if-match' | 'if-none-match';

/** `undefined`: the header is not there. @throws InvalidInput when it is no list of entity tags */
export function parseIfMatch(header: string | undefined): ExpectedVersions | undefined {
  // A weak tag never matches (RFC 9110, section 8.8.3.2), and neither does one that is not ours.
  return parse('if-match', header, ({ weak }) => !weak);
}

/** The same for If-None-Match, where it makes no difference whether a tag is weak. */
export function parseIfNoneMatch(header: string | undefined): ExpectedVersions | undefined {
  return parse('if-none-match', header, () => true);
}

interface EntityTag {
  readonly weak: boolean;
}

function parse(
  name: Header,
  header: string | undefined,
  counts: (tag: EntityTag) => boolean,
): ExpectedVersions | undefined {
  if (header === undefined || header === '*') {
    return header === undefined ? undefined : 'any';
  }
  if (!list.test(header)) {
    throw new InvalidInput([{ in: 'header', pointer: `/${name}`, detail: 'must be * or a list of entity tags' }]);
  }
  return [...header.matchAll(/(?<weak>W\/)?"(?<version>[^"]*)"/g)].flatMap(({ groups }) =>
    counts({ weak: groups?.['weak'] !== undefined }) && /^\d{1,9}$/.test(groups?.['version'] ?? '')
      ? [Number(groups?.['version'])]
      : [],
  );
}

export function entityTag(version: number): string {
  return `"${version}"`;
}

export function covers(expected: ExpectedVersions, version: number): boolean {
  return expected === 'any' || expected.includes(version);
}

/** What a request for something that has versions makes its answer depend on. */
export interface Preconditions {
  readonly ifMatch: ExpectedVersions | undefined;
  readonly ifNoneMatch: ExpectedVersions | undefined;
}

/** Whether a client has `version` already: 304. @throws VersionMismatch */
export function isNotModified({ ifMatch, ifNoneMatch }: Preconditions, version: number): boolean {
  if (ifMatch !== undefined && !covers(ifMatch, version)) {
    throw new VersionMismatch();
  }
  return ifNoneMatch !== undefined && covers(ifNoneMatch, version);
}

/** For what is read. */
export const IfChanged = createParamDecorator(
  (_: unknown, context: ExecutionContext): Preconditions => preconditionsOf(headersOf(context)),
);

/** The versions that a change may be made to. @throws VersionMissing without If-Match */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): ExpectedVersions => {
  const { ifMatch } = preconditionsOfChange(headersOf(context));
  if (ifMatch === undefined) {
    throw new VersionMissing();
  }
  return ifMatch;
});

/** The same where a client may leave it open. */
export const IfMatchOrAny = createParamDecorator(
  (_: unknown, context: ExecutionContext): ExpectedVersions =>
    preconditionsOfChange(headersOf(context)).ifMatch ?? 'any',
);

/**
 * For an endpoint whose target has no entity tag: no tag can match, so a change that depends on one is not made (RFC 9110,
 * section 13.1.1: the precondition is false, whether or not the server has tags at all).
 * @throws VersionMismatch
 */
export function refuseUnmatched(headers: IncomingHttpHeaders, changes: boolean): void {
  const { ifMatch, ifNoneMatch } = preconditionsOf(headers);
  if ((ifMatch !== undefined && ifMatch !== 'any') || (changes && ifNoneMatch === 'any')) {
    throw new VersionMismatch();
  }
}

function preconditionsOf(headers: IncomingHttpHeaders): Preconditions {
  return { ifMatch: parseIfMatch(headers['if-match']), ifNoneMatch: parseIfNoneMatch(headers['if-none-match']) };
}

/** What is changed exists: If-None-Match: * can't be true of it, and which versions it must not be nobody asks of a change. */
function preconditionsOfChange(headers: IncomingHttpHeaders): Preconditions {
  const conditions = preconditionsOf(headers);
  if (conditions.ifNoneMatch === 'any') {
    throw new VersionMismatch();
  }
  return conditions;
}

function headersOf(context: ExecutionContext): IncomingHttpHeaders {
  return context.switchToHttp().getRequest<FastifyRequest>().headers;
}
