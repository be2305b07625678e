import { ForbiddenException, HttpException, NotFoundException } from '@nestjs/common';
import { errorCodes } from 'fastify';
import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../errors/invalid-input.ts';
import { TodoNotFound } from '../todos/todo.errors.ts';
import { problemFrom } from './problem.ts';

const coded = (code: string, message = 'secret detail') => Object.assign(new Error(message), { code });
const failedQuery = (driverError: Error) => new QueryFailedError('SELECT secret', ['secret'], driverError);

describe('a problem', () => {
  it.each<[string, unknown, number, string]>([
    ['a domain error', new TodoNotFound('x'), 404, 'TODO_NOT_FOUND'],
    ['invalid input', new InvalidInput([]), 400, 'INVALID_INPUT'],
    ['no route', new NotFoundException('Cannot GET /x'), 404, 'ROUTE_NOT_FOUND'],
    ['another refusal of Nest', new ForbiddenException(), 403, 'HTTP_403'],
    [
      'what Nest wraps',
      new HttpException('x', 413, { cause: new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE() }),
      413,
      'BODY_TOO_LARGE',
    ],
    ['a body in another media type', new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE('x'), 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['a client that went away', Object.assign(coded('ECONNRESET', 'aborted'), { statusCode: 400 }), 400, 'HTTP_400'],
    ['a statement that took too long', failedQuery(coded('57014')), 503, 'DATABASE_TIMEOUT'],
    ['a lock that was not to be had', failedQuery(coded('55P03')), 503, 'DATABASE_TIMEOUT'],
    ['a refused connection', coded('ECONNREFUSED'), 503, 'DATABASE_UNAVAILABLE'],
    ['a server that shuts down', failedQuery(coded('57P01')), 503, 'DATABASE_UNAVAILABLE'],
    ['a server that became a standby', failedQuery(coded('25006')), 503, 'DATABASE_READ_ONLY'],
    ['no slot on the server', coded('53300'), 503, 'DATABASE_UNAVAILABLE'],
    [
      'no connection free in the pool',
      new Error('timeout exceeded when trying to connect'),
      503,
      'DATABASE_UNAVAILABLE',
    ],
    ['a cut connection', failedQuery(new Error('Connection terminated unexpectedly')), 503, 'DATABASE_UNAVAILABLE'],
    ['a broken constraint', failedQuery(coded('23505')), 500, 'INTERNAL'],
    ['a statement that is wrong', failedQuery(coded('42601')), 500, 'INTERNAL'],
    ['a defect', new TypeError('secret detail'), 500, 'INTERNAL'],
    ['something that is no error', 'secret', 500, 'INTERNAL'],
  ])('%s', (_name, error, status, code) => {
    const problem = problemFrom(error);
    expect(problem).toMatchObject({ status, code, type: `urn:problem:${code.toLowerCase().replaceAll('_', '-')}` });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('of invalid input says where and what', () => {
    const errors = [{ in: 'body', pointer: '/title', detail: 'Too small' }] as const;
    expect(problemFrom(new InvalidInput(errors))).toEqual({
      type: 'urn:problem:invalid-input',
      title: 'Bad Request',
      status: 400,
      detail: 'The request is not valid; see errors.',
      code: 'INVALID_INPUT',
      errors,
    });
  });
});
