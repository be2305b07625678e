import { type ZodType, z } from 'zod';
import type { AnswerHeader, RequestHeader } from '../src/http/decorators/answers.ts';
import { problemOf } from '../src/http/problem.ts';
import { idempotencyKey } from '../src/idempotency/idempotency-key.ts';
import type { JsonSchema, Parameter } from './openapi-types.ts';

export const problemView = z.object({
  type: z.string().meta({ examples: ['urn:problem:invalid-input'] }),
  title: z.string().meta({ examples: ['Bad Request'] }),
  status: z.int().meta({ examples: [400] }),
  detail: z.string().meta({ examples: ['The request is not valid; see errors.'] }),
  code: z.string().meta({ description: 'Stable: clients may match on it.', examples: ['INVALID_INPUT'] }),
  instance: z
    .string()
    .optional()
    .meta({ description: 'The path that was asked for.', examples: ['/todos'] }),
  correlationId: z.string().meta({
    description: 'On every log line of the request; also in the header X-Correlation-Id.',
    examples: ['7c4a8d09-ca37-4f4b-9d0c-1f2b3c4d5e6f'],
  }),
  errors: z
    .array(
      z.object({
        in: z.enum(['body', 'query', 'path', 'header']),
        pointer: z.string().meta({
          description: 'JSON pointer (RFC 6901) into the body, or the name of the parameter after a slash.',
          examples: ['/title'],
        }),
        detail: z.string().meta({ examples: ['must not be longer than 200 characters'] }),
      }),
    )
    .optional(),
});

/**
 * Any request can be malformed, ask on a condition that does not hold or have too large a header; and meet a defect of
 * ours, or a database that is unreachable.
 */
export const problemsOfAll = [400, 412, 431, 500, 503];
export const problemsOfLimited = [429];
export const problemsOfProtected = [401];
export const problemsOfArguments = { body: [408, 413, 415, 417], query: [], path: [414] } as const;

/** RFC 9110, section 8.8.3. */
const entityTags = '^(?:[*]|(?:W/)?"[!#-~]*"(?: ?, ?(?:W/)?"[!#-~]*")*)$';
const ifMatch = {
  name: 'If-Match',
  schema: { type: 'string', pattern: entityTags, description: 'The ETag of what is meant, or *.', examples: ['*'] },
} as const;

interface RequestHeaderDescription extends Omit<Parameter, 'in'> {
  /** What may come of it. */
  readonly problems: readonly number[];
}

export const requestHeaders: Readonly<Record<RequestHeader, RequestHeaderDescription>> = {
  'if-match': { ...ifMatch, required: false, problems: [] },
  'if-match-required': { ...ifMatch, required: true, problems: [428] },
  'if-none-match': {
    name: 'If-None-Match',
    required: false,
    schema: { type: 'string', pattern: entityTags, description: 'ETags that the client has, or *.', examples: ['"0"'] },
    problems: [],
  },
  'idempotency-key': {
    name: 'Idempotency-Key',
    required: false,
    schema: jsonSchema(
      idempotencyKey.meta({
        description:
          'Generated once per write and sent with each attempt: one attempt writes, the others get its response.',
        examples: ['2f1b1f0e-7a53-4a51-8d0e-3f7a0a3c9b11'],
      }),
      'input',
    ),
    problems: [409, 422],
  },
};

export const answerHeaders: Readonly<Record<AnswerHeader, string>> = {
  etag: 'The version, for If-Match.',
  location: 'Where it is.',
  'idempotent-replayed': 'true: the answer is that of an earlier attempt with the same Idempotency-Key.',
};

export function jsonSchema(schema: ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return json;
}

/** One code of each status; 404 and 409 are told by the endpoint. */
const codes: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  401: ['UNAUTHENTICATED', 'A valid access token is needed.'],
  403: ['TODO_QUOTA_REACHED', 'An account holds at most 10000 todos: delete some first.'],
  408: ['BODY_TIMEOUT', 'The body did not arrive within the time that a request may take.'],
  412: ['VERSION_MISMATCH', 'It was changed meanwhile: get it again, and change that.'],
  413: ['BODY_TOO_LARGE', 'The body is larger than this service accepts.'],
  414: ['URL_TOO_LONG', 'A part of the URL is longer than this service accepts.'],
  415: ['MEDIA_TYPE_UNSUPPORTED', 'The body must be application/json.'],
  417: ['EXPECTATION_FAILED', 'Expect: 100-continue is the one expectation that is met.'],
  422: ['IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another request.'],
  428: ['IF_MATCH_MISSING', 'The header If-Match must hold the ETag of what is to be changed.'],
  429: ['TOO_MANY_REQUESTS', 'Too many requests; try again in 7 s.'],
  431: ['HEADERS_TOO_LARGE', 'The header is larger than the 16 KiB that are accepted.'],
  500: ['INTERNAL', 'Something went wrong on our side.'],
  503: ['DATABASE_BUSY', 'Too much waits for the database: try again in a moment.'],
};

/** As it is answered; nothing for a status that has no code of its own here. */
export function exampleOfProblem(status: number): object {
  const [code, detail] = codes[status] ?? [];
  return code === undefined || detail === undefined
    ? {}
    : { example: { ...problemOf(status, code, detail), correlationId: '7c4a8d09-ca37-4f4b-9d0c-1f2b3c4d5e6f' } };
}
