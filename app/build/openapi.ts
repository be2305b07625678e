import { STATUS_CODES } from 'node:http';
import { RequestMethod, type Type } from '@nestjs/common';
import {
  METHOD_METADATA,
  MODULE_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
  RouteParamtypes,
} from '@nestjs/common/internal';
import { type ZodType, z } from 'zod';
import { type Answer, answerOf, type RequestHeader } from '../src/http/decorators/answers.ts';
import { isPublic } from '../src/http/decorators/public.ts';
import { idempotencyKey } from '../src/idempotency/idempotency-key.ts';
import { limitClassOf } from '../src/rate-limit/limited.ts';

/** The part of OpenAPI 3.1 that this document uses. https://spec.openapis.org/oas/v3.1.1.html */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: { readonly accessToken: JsonSchema };
  };
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
  readonly security: readonly { readonly accessToken: readonly [] }[];
}

interface Response {
  readonly description: string;
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required: boolean;
  readonly schema: JsonSchema;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;
export type JsonSchema = Readonly<Record<string, unknown>>;

interface Argument {
  readonly data?: string;
  readonly schema?: ZodType;
}

/** By what Nest's metadata calls them. */
const argumentKinds = {
  [RouteParamtypes.BODY]: 'body',
  [RouteParamtypes.QUERY]: 'query',
  [RouteParamtypes.PARAM]: 'path',
} as const;

const problemView = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe('Stable: clients may match on it.'),
  instance: z.string(),
  correlationId: z.string(),
  errors: z
    .array(z.object({ in: z.enum(['body', 'query', 'path', 'header']), pointer: z.string(), detail: z.string() }))
    .optional(),
});

/** Any request can meet a bug, an unreachable database, or the time limit. */
const problemsOfAll = [500, 503];
const problemsOfLimited = [429];
const problemsOfProtected = [401];
const problemsOfArguments = { body: [400, 413, 415], query: [400], path: [400, 414] } as const;

/** RFC 9110, section 8.8.3. */
const entityTags = String.raw`^(\*|(W/)?"[\x21\x23-\x7e]*"([ \t]*,[ \t]*(W/)?"[\x21\x23-\x7e]*")*)$`;
const ifMatch = {
  name: 'If-Match',
  schema: { type: 'string', pattern: entityTags, description: 'The ETag of what is meant, or *.' },
} as const;

/** What a request may be accompanied by, and what comes of it. */
const requestHeaders: Readonly<
  Record<RequestHeader, Omit<Parameter, 'in'> & { readonly problems: readonly number[] }>
> = {
  'if-match': { ...ifMatch, required: false, problems: [400, 412] },
  'if-match-required': { ...ifMatch, required: true, problems: [400, 412, 428] },
  'if-none-match': {
    name: 'If-None-Match',
    required: false,
    schema: { type: 'string', pattern: entityTags, description: 'ETags that the client has, or *.' },
    problems: [400],
  },
  'idempotency-key': {
    name: 'Idempotency-Key',
    required: false,
    schema: jsonSchema(
      idempotencyKey.describe(
        'Generated once per write and sent with each attempt: one attempt writes, the others get its response.',
      ),
      'input',
    ),
    problems: [400, 409, 422],
  },
};

/** Describes every documented endpoint, from the schemas that validate its arguments and the answer it declares. */
export function openApiDocument(modules: readonly Type[], info: OpenApiDocument['info']): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const { path, method, operation } of modules.flatMap(controllersOf).flatMap(endpointsOf)) {
    paths[path] = { ...paths[path], [method]: operation };
  }
  const components = {
    schemas: { Problem: jsonSchema(problemView, 'output') },
    securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  };
  return { openapi: '3.1.1', info, paths, components };
}

export function controllersOf(module: Type): readonly Type[] {
  return Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, module) ?? [];
}

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

function endpointsOf(controller: Type): readonly Endpoint[] {
  return Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
    const handler: unknown = controller.prototype[name];
    const answer = typeof handler === 'function' ? answerOf(handler) : undefined;
    if (typeof handler !== 'function' || answer === undefined) {
      return [];
    }
    const path = pathOf(Reflect.getMetadata(PATH_METADATA, controller), Reflect.getMetadata(PATH_METADATA, handler));
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler)] ?? 'GET';
    const access = { open: isPublic(controller, handler), limited: limitClassOf(handler) !== 'none' };
    const operation = operationOf(`${controller.name}.${name}`, answer, argumentsOf(controller, name), access);
    return [{ method: method.toLowerCase(), path, operation }];
  });
}

/** `todos` and `:id` make `/todos/{id}`. */
function pathOf(...parts: readonly string[]): string {
  const segments = parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '');
  return `/${segments.map((segment) => segment.replace(/^:(.+)$/, '{$1}')).join('/')}`;
}

type ArgumentKind = (typeof argumentKinds)[keyof typeof argumentKinds];
type Arguments = readonly (readonly [ArgumentKind, Argument & { readonly schema: ZodType }])[];

function argumentsOf(controller: Type, name: string): Arguments {
  const metadata: Readonly<Record<string, Argument>> = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {};
  return Object.entries(metadata).flatMap(([key, argument]) => {
    // The key is `<kind>:<index>`.
    const kind = Object.entries(argumentKinds).find(([number]) => key.startsWith(`${number}:`))?.[1];
    const { schema } = argument;
    return kind === undefined || schema === undefined ? [] : [[kind, { ...argument, schema }] as const];
  });
}

interface Access {
  /** To whoever has no token. */
  readonly open: boolean;
  /** How often it may be asked is counted. */
  readonly limited: boolean;
}

function operationOf(operationId: string, answer: Answer, args: Arguments, { open, limited }: Access): Operation {
  const body = args.find(([kind]) => kind === 'body')?.[1];
  const headers = (answer.accepts ?? []).map((name) => requestHeaders[name]);
  const problems = [
    ...problemsOfAll,
    ...(limited ? problemsOfLimited : []),
    ...(open ? [] : problemsOfProtected),
    ...headers.flatMap((header) => header.problems),
    ...(answer.problems ?? []),
    ...args.flatMap(([kind]) => problemsOfArguments[kind]),
  ];
  return {
    operationId,
    summary: answer.summary,
    parameters: [
      ...args.flatMap(([kind, argument]) => parametersOf(kind, argument)),
      ...headers.map(({ name, required, schema }) => ({ name, in: 'header' as const, required, schema })),
    ],
    security: open ? [] : [{ accessToken: [] }],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(body.schema, 'input') } },
          },
        }),
    responses: Object.fromEntries(
      [...new Set([answer.status, ...(answer.alsoAs ?? []), ...problems])]
        .toSorted((one, other) => one - other)
        .map((status) => [status, responseOf(status, answer, problems.includes(status))]),
    ),
  };
}

function parametersOf(kind: ArgumentKind, { data, schema }: Argument & { schema: ZodType }): readonly Parameter[] {
  if (kind === 'body') {
    return [];
  }
  const json = jsonSchema(schema, 'input');
  if (data !== undefined) {
    return [{ name: data, in: kind, required: true, schema: json }];
  }
  const required = new Set(Array.isArray(json['required']) ? json['required'] : []);
  return Object.entries(Object(json['properties'])).map(([name, property]) => ({
    name,
    in: kind,
    required: required.has(name),
    schema: property as JsonSchema,
  }));
}

function responseOf(status: number, answer: Answer, isProblem: boolean): Response {
  const isAnswer = status === answer.status || answer.alsoAs?.includes(status) === true;
  const content: Content = {
    ...(isAnswer && answer.body !== undefined
      ? { 'application/json': { schema: jsonSchema(answer.body, 'output') } }
      : {}),
    ...(isProblem ? { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } : {}),
  };
  const headers = isAnswer ? (answer.headers ?? []).map((name) => [name, { schema: { type: 'string' } }] as const) : [];
  return {
    description: STATUS_CODES[status] ?? '',
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

function jsonSchema(schema: ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return json;
}
