import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { modulesOfApi } from '../src/api.module.ts';
import { DocsController } from '../src/docs/docs.controller.ts';
import { answerOf } from '../src/http/decorators/answers.ts';
import { isPublic } from '../src/http/decorators/public.ts';
import { controllersOf, openApiDocument } from './openapi.ts';
import { renderPage } from './openapi-page.ts';

const info = { title: 'Todo API', version: '1', description: 'A <test>.' };
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
      'AuthController.login',
      'AuthController.logout',
      'AuthController.refresh',
      'AuthController.register',
      'DocsController.document',
      'DocsController.page',
      'DocsController.style',
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
      },
      { name: 'cursor', in: 'query', required: false, schema: { type: 'string' } },
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
      '412',
      '413',
      '414',
      '415',
      '428',
      '429',
      '500',
      '503',
    ]);
    expect(document.paths['/todos/{id}']?.['delete']?.responses['204']).toEqual({ description: 'No Content' });
  });

  it('names only schemas that it contains', () => {
    const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(Object.keys(document.components.schemas)));
  });

  it('becomes a page that escapes what it shows', () => {
    const page = renderPage(document);
    expect(page).toContain('A &lt;test&gt;.');
    expect(page).toContain('<h2>DELETE /todos/{id}</h2>');
    expect(page).not.toContain('<script');
  });
});
