import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { databaseErrorFrom } from '../database/errors.ts';
import { DomainError, type ErrorKind } from '../errors/domain-error.ts';
import { type InputError, InvalidInput } from '../errors/invalid-input.ts';

/** An error as HTTP tells it: RFC 9457, with a stable `code` that clients may match on. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly errors?: readonly InputError[];
}

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'request-timeout': 408,
  conflict: 409,
  'precondition-failed': 412,
  'unsupported-media': 415,
  unprocessable: 422,
  'precondition-required': 428,
  'too-many': 429,
  abandoned: 499,
  unavailable: 503,
};

/** What Fastify refuses by itself, before a controller is asked, and how we tell it. */
const refusals: Readonly<Record<string, readonly [status: number, code: string, detail: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'BODY_TOO_LARGE', 'The body is larger than this service accepts.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'MEDIA_TYPE_UNSUPPORTED', 'The body must be application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'BODY_MALFORMED', 'The body is not JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'BODY_MALFORMED', 'The body is not as long as its Content-Length says.'],
  FST_ERR_BAD_URL: [400, 'URL_MALFORMED', 'The URL is not valid.'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'URL_TOO_LONG', 'A part of the URL is longer than this service accepts.'],
};

/** The problem that `error` is; whatever is not known here is a defect of ours and says nothing about itself. */
export function problemFrom(thrown: unknown): Problem {
  // Nest wraps what Fastify threw.
  const error = thrown instanceof HttpException && thrown.cause instanceof Error ? thrown.cause : thrown;
  const known = error instanceof DomainError ? error : isOfHttp(error) ? undefined : databaseErrorFrom(error);
  if (known !== undefined) {
    const problem = problemOf(statusOfKind[known.kind], known.code, known.message);
    return known instanceof InvalidInput ? { ...problem, errors: known.errors } : problem;
  }
  const refusal = refusals[codeOf(error)];
  if (refusal !== undefined) {
    return problemOf(...refusal);
  }
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status === 404) {
    return problemOf(404, 'ROUTE_NOT_FOUND', 'There is nothing at this method and path.');
  }
  if (status >= 400 && status < 500) {
    return problemOf(status, `HTTP_${status}`, STATUS_CODES[status] ?? 'The request was refused.');
  }
  return problemOf(500, 'INTERNAL', 'Something went wrong on our side.');
}

export function problemOf(status: number, code: string, detail: string): Problem {
  const type = `urn:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  return { type, title: STATUS_CODES[status] ?? 'Error', status, detail, code };
}

/** Fastify gives a status to what a connection to a client can suffer; its codes are those of connections to Postgres. */
function isOfHttp(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
}
