import { STATUS_CODES } from 'node:http';
import { RequestMethod, type Type } from '@nestjs/common';
import {
  METHOD_METADATA,
  MODULE_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
  RouteParamtypes,
} from '@nestjs/common/internal';
import type { ZodType } from 'zod';
import { type Answer, answerOf, topicOf } from '../src/http/decorators/answers.ts';
import { isPublic } from '../src/http/decorators/public.ts';
import { limitClassOf } from '../src/rate-limit/limited.ts';
import { exampleOf } from './openapi-examples.ts';
import {
  answerHeaders,
  exampleOfProblem,
  jsonSchema,
  problemsOfAll,
  problemsOfArguments,
  problemsOfLimited,
  problemsOfProtected,
  problemView,
  requestHeaders,
} from './openapi-parts.ts';
import type { Content, JsonSchema, OpenApiDocument, Operation, Parameter, Response } from './openapi-types.ts';

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

/** Describes every documented endpoint, from the schemas that validate its arguments and the answer it declares. */
export function openApiDocument(
  modules: readonly Type[],
  info: Omit<OpenApiDocument['info'], 'license'>,
): OpenApiDocument {
  const controllers = modules.flatMap(controllersOf);
  const tags = controllers.flatMap((controller) => topicOf(controller) ?? []);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const { path, method, operation } of controllers.flatMap(endpointsOf)) {
    paths[path] = { ...paths[path], [method]: operation };
  }
  const components = {
    schemas: { Problem: jsonSchema(problemView, 'output') },
    securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  };
  return {
    openapi: '3.1.1',
    info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    tags,
    paths,
    components,
  };
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
    const tags = [topicOf(controller)?.name ?? controller.name];
    return [{ method: method.toLowerCase(), path, operation: { ...operation, tags } }];
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

function operationOf(
  operationId: string,
  answer: Answer,
  args: Arguments,
  { open, limited }: Access,
): Omit<Operation, 'tags'> {
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
      ...headers.map(({ name, required, schema }) => parameter(name, 'header', required, schema)),
    ],
    security: open ? [] : [{ accessToken: [] }],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': media(jsonSchema(body.schema, 'input')) },
          },
        }),
    responses: Object.fromEntries(
      [...new Set([answer.status, ...(answer.alsoAs ?? []), ...notModifiedOf(answer), ...problems])]
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
    return [parameter(data, kind, true, json)];
  }
  const required = new Set(Array.isArray(json['required']) ? json['required'] : []);
  return Object.entries(Object(json['properties'])).map(([name, property]) =>
    parameter(name, kind, required.has(name), property as JsonSchema),
  );
}

function parameter(name: string, kind: Parameter['in'], required: boolean, schema: JsonSchema): Parameter {
  const example = exampleOf(schema);
  return { name, in: kind, required, schema, ...(example === undefined ? {} : { example }) };
}

function media(schema: JsonSchema) {
  return { schema, example: exampleOf(schema) };
}

/** An answer to If-None-Match without a body. */
function notModifiedOf({ accepts }: Answer): readonly number[] {
  return accepts?.includes('if-none-match') === true ? [304] : [];
}

const problem = { schema: { $ref: '#/components/schemas/Problem' } };

function responseOf(status: number, answer: Answer, isProblem: boolean): Response {
  const isAnswer = status === answer.status || answer.alsoAs?.includes(status) === true;
  const content: Content = {
    ...(isAnswer && answer.body !== undefined ? { 'application/json': media(jsonSchema(answer.body, 'output')) } : {}),
    ...(isProblem ? { 'application/problem+json': { ...problem, ...exampleOfProblem(status) } } : {}),
  };
  const headers = isAnswer
    ? (answer.headers ?? []).map(
        (name) => [name, { description: answerHeaders[name], schema: { type: 'string' } }] as const,
      )
    : [];
  return {
    description: STATUS_CODES[status] ?? '',
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}
