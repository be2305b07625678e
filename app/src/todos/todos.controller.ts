import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Answers } from '../docs/answers.ts';
import {
  type CreateTodo,
  createTodoBody,
  type ListTodos,
  listTodosQuery,
  type TodoPageView,
  type TodoView,
  todoId,
  todoPageView,
  todoView,
  type UpdateTodo,
  updateTodoBody,
} from './todo.dto.ts';
import { TodosService } from './todos.service.ts';

@Controller('todos')
export class TodosController {
  readonly #todos: TodosService;

  constructor(todos: TodosService) {
    this.#todos = todos;
  }

  @Get()
  @Answers({ summary: 'List todos, newest first', status: 200, body: todoPageView })
  list(@Query({ schema: listTodosQuery }) query: ListTodos): Promise<TodoPageView> {
    return this.#todos.list(query);
  }

  @Get(':id')
  @Answers({ summary: 'Get a todo', status: 200, body: todoView, problems: [404] })
  get(@Param('id', { schema: todoId }) id: string): Promise<TodoView> {
    return this.#todos.get(id);
  }

  @Post()
  @Answers({ summary: 'Create a todo', status: 201, body: todoView })
  async create(
    @Body({ schema: createTodoBody }) body: CreateTodo,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TodoView> {
    const todo = await this.#todos.create(body);
    reply.header('location', `/todos/${todo.id}`);
    return todo;
  }

  @Patch(':id')
  @Answers({ summary: 'Change a todo', status: 200, body: todoView, problems: [404] })
  update(
    @Param('id', { schema: todoId }) id: string,
    @Body({ schema: updateTodoBody }) body: UpdateTodo,
  ): Promise<TodoView> {
    return this.#todos.update(id, body);
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers({ summary: 'Delete a todo', status: 204, problems: [404] })
  async delete(@Param('id', { schema: todoId }) id: string): Promise<void> {
    await this.#todos.delete(id);
  }
}
