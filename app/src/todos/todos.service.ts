import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Cache } from '../cache/cache.ts';
import { Database } from '../database/database.ts';
import type { Quotas } from '../env/services.ts';
import { QUOTAS } from '../env/tokens.ts';
import { covers, type ExpectedVersions, VersionMismatch } from '../http/preconditions.ts';
import { IdempotentWrites } from '../idempotency/idempotent-writes.ts';
import { Messages } from '../webhooks/messages.ts';
import { renderCursor } from './cursor.ts';
import {
  type CreateTodo,
  type ListTodos,
  type TodoPageView,
  type TodoSummaryView,
  type TodoView,
  todoSummaryView,
  type UpdateTodo,
} from './todo.dto.ts';
import { TodoNotFound, TodoQuotaReached } from './todo.errors.ts';
import { type Todo, type TodoChanges, TodosRepository } from './todos.repository.ts';

/** A todo, and which version of it that is. */
export interface VersionedTodo {
  readonly todo: TodoView;
  readonly version: number;
}

export interface CreatedTodo extends VersionedTodo {
  /** It was created by an earlier attempt with the same key. */
  readonly replayed: boolean;
}

@Injectable()
export class TodosService {
  readonly #database: Database;
  readonly #repository: TodosRepository;
  readonly #writes: IdempotentWrites;
  readonly #cache: Cache;
  readonly #messages: Messages;
  readonly #mostTodos: number;

  constructor(
    database: Database,
    repository: TodosRepository,
    writes: IdempotentWrites,
    cache: Cache,
    messages: Messages,
    @Inject(QUOTAS) { todosPerUser }: Quotas,
  ) {
    this.#database = database;
    this.#repository = repository;
    this.#writes = writes;
    this.#cache = cache;
    this.#messages = messages;
    this.#mostTodos = todosPerUser;
  }

  async list(userId: string, { limit, cursor }: ListTodos): Promise<TodoPageView> {
    // One row more than asked for tells whether there is another page.
    const rows = await this.#repository.newestAfter(userId, cursor, limit + 1);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return {
      items,
      nextCursor:
        rows.length > limit && last !== undefined
          ? renderCursor({ createdAt: new Date(last.createdAt), id: last.id })
          : null,
    };
  }

  /** What the user sees includes all that the user has written. */
  summary(userId: string): Promise<TodoSummaryView> {
    const load = () => this.#repository.summary(userId);
    return this.#cache.read(userId, 'todos-summary', (kept) => todoSummaryView.parse(kept), load);
  }

  /** @throws TodoNotFound, also when it is another user's */
  async get(userId: string, id: string): Promise<VersionedTodo> {
    return versioned(found(id, await this.#repository.findOne(userId, id)));
  }

  /** @throws TodoQuotaReached, KeyInFlight, KeyReused, KeysExhausted */
  async create(userId: string, input: CreateTodo, key: string | undefined): Promise<CreatedTodo> {
    const attempt = { userId, key, operation: 'todos.create', input };
    const insert = async (manager: EntityManager) => {
      // Writes at the same moment may each find room: the quota bounds what is kept, to within a pool of connections.
      if (await this.#repository.hasAtLeast(manager, userId, this.#mostTodos)) {
        throw new TodoQuotaReached(this.#mostTodos);
      }
      return versioned(await this.#repository.insert(manager, userId, { id: randomUUID(), ...input }));
    };
    const { answer, replayed } = await this.#changing(userId, () => this.#writes.run(attempt, insert));
    return { ...answer, replayed };
  }

  /** @throws TodoNotFound, VersionMismatch */
  update(userId: string, id: string, expected: ExpectedVersions, input: UpdateTodo): Promise<VersionedTodo> {
    const change = async (manager: EntityManager) => {
      const todo = await this.#toChange(manager, userId, id, expected);
      const changes = changesOf(todo, input);
      const changed = await this.#repository.update(manager, id, changes);
      if (changes.completedAt instanceof Date) {
        await this.#messages.todoCompleted(manager, userId, id);
      }
      return versioned(changed);
    };
    return this.#changing(userId, () => this.#database.transaction(change));
  }

  /** @throws TodoNotFound, VersionMismatch */
  async delete(userId: string, id: string, expected: ExpectedVersions): Promise<void> {
    const versions = expected === 'any' ? undefined : expected;
    if (await this.#changing(userId, () => this.#repository.delete(userId, id, versions))) {
      return;
    }
    found(id, versions === undefined ? null : await this.#repository.findOne(userId, id));
    throw new VersionMismatch();
  }

  /** Also after a failure: a commit whose answer got lost has happened. */
  async #changing<Result>(userId: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } finally {
      await this.#cache.invalidate(userId);
    }
  }

  async #toChange(manager: EntityManager, userId: string, id: string, expected: ExpectedVersions): Promise<Todo> {
    const todo = found(id, await this.#repository.findOneToChange(manager, userId, id));
    if (!covers(expected, todo.version)) {
      throw new VersionMismatch();
    }
    return todo;
  }
}

function found(id: string, todo: Todo | null): Todo {
  if (todo === null) {
    throw new TodoNotFound(id);
  }
  return todo;
}

/** What was asked for, and what follows from it: the moment of completion is ours to say. */
function changesOf(todo: Todo, input: UpdateTodo): TodoChanges {
  const asked = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  if (input.completed === undefined || input.completed === todo.completed) {
    return asked;
  }
  return { ...asked, completedAt: input.completed ? new Date() : null };
}

function versioned(todo: Todo): VersionedTodo {
  return { todo: viewOf(todo), version: todo.version };
}

function viewOf(todo: Todo): TodoView {
  return {
    id: todo.id,
    title: todo.title,
    description: todo.description,
    completed: todo.completed,
    dueAt: todo.dueAt?.toISOString() ?? null,
    remindAt: todo.remindAt?.toISOString() ?? null,
    completedAt: todo.completedAt?.toISOString() ?? null,
    createdAt: todo.createdAt.toISOString(),
    updatedAt: todo.updatedAt.toISOString(),
  };
}
