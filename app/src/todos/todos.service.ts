import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { renderCursor } from './cursor.ts';
import type { CreateTodo, ListTodos, TodoPageView, TodoView, UpdateTodo } from './todo.dto.ts';
import { TodoNotFound } from './todo.errors.ts';
import { type Todo, type TodoChanges, TodosRepository } from './todos.repository.ts';

@Injectable()
export class TodosService {
  readonly #repository: TodosRepository;

  constructor(repository: TodosRepository) {
    this.#repository = repository;
  }

  async list({ limit, cursor }: ListTodos): Promise<TodoPageView> {
    // One row more than asked for tells whether there is another page.
    const rows = await this.#repository.newestAfter(cursor, limit + 1);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map(viewOf),
      nextCursor: rows.length > limit && last !== undefined ? renderCursor(last) : null,
    };
  }

  /** @throws TodoNotFound */
  async get(id: string): Promise<TodoView> {
    return viewOf(found(id, await this.#repository.findById(id)));
  }

  async create({ title, description }: CreateTodo): Promise<TodoView> {
    return viewOf(await this.#repository.insert({ id: randomUUID(), title, description, completed: false }));
  }

  /** @throws TodoNotFound */
  async update(id: string, { title, description, completed }: UpdateTodo): Promise<TodoView> {
    const changes: TodoChanges = {
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(completed === undefined ? {} : { completed }),
    };
    return viewOf(found(id, await this.#repository.update(id, changes)));
  }

  /** @throws TodoNotFound */
  async delete(id: string): Promise<void> {
    if (!(await this.#repository.delete(id))) {
      throw new TodoNotFound(id);
    }
  }
}

function found(id: string, todo: Todo | null): Todo {
  if (todo === null) {
    throw new TodoNotFound(id);
  }
  return todo;
}

function viewOf(todo: Todo): TodoView {
  return {
    id: todo.id,
    title: todo.title,
    description: todo.description,
    completed: todo.completed,
    createdAt: todo.createdAt.toISOString(),
    updatedAt: todo.updatedAt.toISOString(),
  };
}
