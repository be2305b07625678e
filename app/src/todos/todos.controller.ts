import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { About, Answers } from '../http/decorators/answers.ts';
import { CurrentUser } from '../http/decorators/current-user.ts';
import {
  type ExpectedVersions,
  entityTag,
  IfChanged,
  IfMatch,
  IfMatchOrAny,
  isNotModified,
  type Preconditions,
} from '../http/preconditions.ts';
import { IdempotencyKey } from '../idempotency/idempotency-key.ts';
import {
  type CreateTodo,
  createTodoBody,
  type ListTodos,
  listTodosQuery,
  type TodoPageView,
  type TodoSummaryView,
  type TodoView,
  todoId,
  todoPageView,
  todoSummaryView,
  todoView,
  type UpdateTodo,
  updateTodoBody,
} from './todo.dto.ts';
import { TodosService } from './todos.service.ts';

@About({ name: 'Todos', description: 'What a user has to do.' })
@Controller('todos')
export class TodosController {
  readonly #todos: TodosService;

  constructor(todos: TodosService) {
    this.#todos = todos;
  }

  @Get()
  @Answers({ summary: 'List todos, newest first', status: 200, body: todoPageView })
  list(@CurrentUser() userId: string, @Query({ schema: listTodosQuery }) query: ListTodos): Promise<TodoPageView> {
    return this.#todos.list(userId, query);
  }

  @Get('summary')
  @Answers({ summary: 'Count todos', status: 200, body: todoSummaryView })
  summary(@CurrentUser() userId: string): Promise<TodoSummaryView> {
    return this.#todos.summary(userId);
  }

  @Get(':id')
  @Answers({
    summary: 'Get a todo',
    status: 200,
    body: todoView,
    accepts: ['if-match', 'if-none-match'],
    headers: ['etag'],
    problems: [404],
  })
  async get(
    @CurrentUser() userId: string,
    @Param('id', { schema: todoId }) id: string,
    @IfChanged() preconditions: Preconditions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TodoView | undefined> {
    const { todo, version } = await this.#todos.get(userId, id);
    reply.header('etag', entityTag(version));
    if (isNotModified(preconditions, version)) {
      reply.code(304);
      return undefined;
    }
    return todo;
  }

  @Post()
  @Answers({
    summary: 'Create a todo',
    status: 201,
    body: todoView,
    accepts: ['idempotency-key'],
    problems: [403],
    headers: ['etag', 'location', 'idempotent-replayed'],
  })
  async create(
    @CurrentUser() userId: string,
    @IdempotencyKey() key: string | undefined,
    @Body({ schema: createTodoBody }) body: CreateTodo,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TodoView> {
    const { todo, version, replayed } = await this.#todos.create(userId, body, key);
    reply.header('etag', entityTag(version)).header('location', `/todos/${todo.id}`);
    if (replayed) {
      reply.header('idempotent-replayed', 'true');
    }
    return todo;
  }

  @Patch(':id')
  @Answers({
    summary: 'Update a todo',
    status: 200,
    body: todoView,
    accepts: ['if-match-required'],
    headers: ['etag'],
    problems: [404],
  })
  async update(
    @CurrentUser() userId: string,
    @Param('id', { schema: todoId }) id: string,
    @IfMatch() expected: ExpectedVersions,
    @Body({ schema: updateTodoBody }) body: UpdateTodo,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TodoView> {
    const { todo, version } = await this.#todos.update(userId, id, expected, body);
    reply.header('etag', entityTag(version));
    return todo;
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers({ summary: 'Delete a todo', status: 204, accepts: ['if-match'], problems: [404] })
  async delete(
    @CurrentUser() userId: string,
    @Param('id', { schema: todoId }) id: string,
    @IfMatchOrAny() expected: ExpectedVersions,
  ): Promise<void> {
    await this.#todos.delete(userId, id, expected);
  }
}
