import 'reflect-metadata';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { modulesOfApi } from '../src/api.module.ts';
import { DocsController } from '../src/docs/docs.controller.ts';
import { answerOf } from '../src/http/decorators/answers.ts';
import { isPublic } from '../src/http/decorators/public.ts';
import { controllersOf, openApiDocument } from './openapi.ts';
import type { JsonSchema } from './openapi-types.ts';

const info = { title: 'Todo API', version: '1', description: 'A test.' };
const document = openApiDocument(modulesOfApi, info);

describe('the endpoints that need no access token', () => {
  it('are these, and every other one needs it', () => {
    const open = modulesOfApi.flatMap(controllersOf).flatMap((controller) =>
      Object.getOwnPropertyNames(controller.prototype)
        .filter((name) => name !== 'constructor' && Reflect.hasMetadata('path', controller.prototype[name]))
        .filter((name) => isPublic(controller, controller.prototype[name]))
        .map((name) => `${controller.name}.${name}`),
    );
    expect(open.toSorted()).toEqual([
      'AuthController.forgotPassword',
      'AuthController.login',
      'AuthController.logout',
      'AuthController.refresh',
      'AuthController.register',
      'AuthController.resetPassword',
      'DocsController.document',
      'DocsController.page',
      'DocsController.root',
      'DocsController.script',
      'DocsController.style',
      'DocsController.viewer',
      'DocsController.viewerStyle',
      'HealthController.health',
      'HealthController.ready',
      'HealthController.version',
    ]);
  });
});

describe('the OpenAPI document', () => {
  it('has every endpoint: none lacks a description', () => {
    const undocumented = modulesOfApi
      .flatMap(controllersOf)
      .filter((controller) => controller !== DocsController)
      .flatMap((controller) =>
        Object.getOwnPropertyNames(controller.prototype)
          .filter((name) => name !== 'constructor' && Reflect.hasMetadata('path', controller.prototype[name]))
          .filter((name) => answerOf(controller.prototype[name]) === undefined)
          .map((name) => `${controller.name}.${name}`),
      );
    expect(undocumented).toEqual([]);
  });

  it('describes parameters as a client writes them', () => {
    expect(document.paths['/todos']?.['get']?.parameters).toEqual([
      {
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 100, description: '20 when left out' },
        example: 1,
      },
      {
        name: 'cursor',
        in: 'query',
        required: false,
        schema: expect.objectContaining({ type: 'string', description: 'The nextCursor of the page before.' }),
        example: expect.any(String),
      },
    ]);
    const ofTodo = document.paths['/todos/{id}']?.['get']?.parameters;
    expect(ofTodo?.filter((parameter) => parameter.in === 'path')).toMatchObject([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
    ]);
  });

  it('describes the body, and that nothing else may be in it', () => {
    expect(document.paths['/todos']?.['post']?.requestBody?.content['application/json']?.schema).toMatchObject({
      required: ['title'],
      properties: { title: { type: 'string', minLength: 1, maxLength: 200 } },
      additionalProperties: false,
    });
  });

  it('describes the headers that a request needs or may have, and those of the answer', () => {
    expect(document.paths['/todos/{id}']?.['patch']?.parameters).toContainEqual(
      expect.objectContaining({ name: 'If-Match', in: 'header', required: true }),
    );
    expect(document.paths['/todos']?.['post']?.parameters).toMatchObject([
      { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } },
    ]);
    expect(document.paths['/todos']?.['post']?.responses['201']?.headers).toHaveProperty('etag');
  });

  it('says where an access token is needed', () => {
    expect(document.components.securitySchemes.accessToken).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(document.paths['/todos']?.['get']?.security).toEqual([{ accessToken: [] }]);
    expect(document.paths['/auth/login']?.['post']?.security).toEqual([]);
  });

  it('lists the statuses that arguments can cause beside those of the endpoint', () => {
    expect(Object.keys(document.paths['/todos/{id}']?.['patch']?.responses ?? {})).toEqual([
      '200',
      '400',
      '401',
      '404',
      '408',
      '412',
      '413',
      '414',
      '415',
      '417',
      '428',
      '429',
      '431',
      '500',
      '503',
    ]);
    expect(document.paths['/todos/{id}']?.['delete']?.responses['204']).toEqual({ description: 'No Content' });
  });

  it('names only schemas that it contains', () => {
    const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(Object.keys(document.components.schemas)));
  });
});

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
);

interface Described {
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

/** All that a client sends and gets, each with its example. */
const described = operations.flatMap(({ name, operation }) => [
  ...operation.parameters.map((parameter) => [`${name} ${parameter.name}`, parameter] as const),
  ...Object.values(operation.requestBody?.content ?? {}).map((media) => [`${name} body`, media] as const),
  ...Object.entries(operation.responses).flatMap(([status, { content }]) =>
    Object.entries(content ?? {})
      .filter(([type]) => type === 'application/json')
      .map(([, media]) => [`${name} ${status}`, media] as const),
  ),
]) satisfies readonly (readonly [string, Described])[];

describe('what other tools make of it', () => {
  it('is a valid document of OpenAPI 3.1 to its JSON schema', async () => {
    expect(await new Validator().validate(JSON.parse(JSON.stringify(document)))).toMatchObject({ valid: true });
  });

  it('has no finding of Redocly, which also checks each example', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const findings = await lintFromString({ source: JSON.stringify(document), config });
    expect(findings.map(({ ruleId, message, location }) => `${ruleId} ${message} ${location[0]?.pointer}`)).toEqual([]);
  });

  it('has a tag, a summary and an example for whatever is sent or answered with a body', () => {
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const { name, operation } of operations) {
      expect([name, operation.summary !== '', operation.tags.every((tag) => tags.has(tag))]).toEqual([
        name,
        true,
        true,
      ]);
    }
    expect(described.filter(([, { example }]) => example === undefined).map(([what]) => what)).toEqual([]);
  });

  it('has patterns that every dialect knows: no octal escape, nothing that only JavaScript has', () => {
    const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\\\]|\\\\.)*")/g)].map(([, text]) =>
      JSON.parse(text ?? ''),
    );
    expect(patterns.length).toBeGreaterThan(10);
    for (const pattern of patterns) {
      expect(pattern).not.toMatch(/\\0|\\p|\(\?<|\\k|\[\^\]|\\c/);
    }
  });

  it('says of every text that a client sends what it may hold', () => {
    const open = described
      .filter(([what]) => !/ \d{3}$/.test(what))
      .flatMap(([what, { schema }]) => textsIn(schema).map((text) => [what, text] as const))
      .filter(
        ([, { pattern, format, enum: values }]) =>
          pattern === undefined && format === undefined && values === undefined,
      );
    expect(open.map(([what]) => what)).toEqual([]);
  });
});

function textsIn(schema: JsonSchema): readonly JsonSchema[] {
  const parts = [...Object.values(Object(schema['properties'])), ...((schema['anyOf'] as []) ?? [])];
  return schema['type'] === 'string' ? [schema] : parts.flatMap((part) => textsIn(part as JsonSchema));
}
