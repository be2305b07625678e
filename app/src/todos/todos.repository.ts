import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Database } from '../database/database.ts';
import { violatedConstraint } from '../database/errors.ts';
import { momentsAsTexts } from '../database/moments.ts';
import { Unauthenticated } from '../errors/unauthenticated.ts';
import type { Position } from './cursor.ts';
import { TodoEntity } from './todo.entity.ts';

export interface Todo {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly completed: boolean;
  readonly dueAt: Date | null;
  readonly remindAt: Date | null;
  readonly completedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
}

/** Moments as ISO 8601. */
export interface ListedTodo {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly completed: boolean;
  readonly dueAt: string | null;
  readonly remindAt: string | null;
  readonly completedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface TodoCounts {
  readonly open: number;
  readonly completed: number;
}

export type NewTodo = Pick<Todo, 'id' | 'title' | 'description' | 'dueAt' | 'remindAt'>;
export type TodoChanges = Partial<
  Pick<Todo, 'title' | 'description' | 'completed' | 'dueAt' | 'remindAt' | 'completedAt'>
>;

/** By name: a statement that was prepared before a migration added a column keeps working after it. */
const listed = `id, title, description, completed, due_at AS "dueAt", remind_at AS "remindAt",
  completed_at AS "completedAt", created_at AS "createdAt", updated_at AS "updatedAt"`;
const columns = `${listed}, version`;
const newestFirst = 'ORDER BY created_at DESC, id DESC';

/** Todos of one user each: nobody is ever given those of another. */
@Injectable()
export class TodosRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first, `limit` at most, after `position` when there is one. Plain rows: see Database.rows. */
  newestAfter(ownerId: string, position: Position | undefined, limit: number): Promise<ListedTodo[]> {
    return position === undefined
      ? this.#database.rows<ListedTodo>(
          'todos-newest',
          `SELECT ${listed} FROM todos WHERE owner_id = $1 ${newestFirst} LIMIT $2`,
          [ownerId, limit],
          momentsAsTexts,
        )
      : this.#database.rows<ListedTodo>(
          'todos-newest-after',
          `SELECT ${listed} FROM todos WHERE owner_id = $1 AND (created_at, id) < ($3, $4) ${newestFirst} LIMIT $2`,
          [ownerId, limit, position.createdAt, position.id],
          momentsAsTexts,
        );
  }

  /** Counts all that there are, which takes the longer the more they are. */
  async summary(ownerId: string): Promise<TodoCounts> {
    const [counts] = await this.#database.rows<TodoCounts>(
      'todos-summary',
      `SELECT count(*) FILTER (WHERE NOT completed)::int AS open, count(*) FILTER (WHERE completed)::int AS completed
       FROM todos WHERE owner_id = $1`,
      [ownerId],
    );
    return counts ?? { open: 0, completed: 0 };
  }

  findOne(ownerId: string, id: string): Promise<Todo | null> {
    return this.#database.read((manager) => manager.findOneBy(TodoEntity, { ownerId, id }));
  }

  /** The same, and nobody else changes it until the transaction ends. */
  findOneToChange(manager: EntityManager, ownerId: string, id: string): Promise<Todo | null> {
    return manager.findOne(TodoEntity, { where: { ownerId, id }, lock: { mode: 'pessimistic_write' } });
  }

  /** Whether the owner has `count` or more. By the index alone. */
  async hasAtLeast(manager: EntityManager, ownerId: string, count: number): Promise<boolean> {
    const rows: readonly unknown[] = await manager.query('SELECT 1 FROM todos WHERE owner_id = $1 OFFSET $2 LIMIT 1', [
      ownerId,
      count - 1,
    ]);
    return rows.length > 0;
  }

  /** @throws Unauthenticated when the owner's account is gone */
  async insert(manager: EntityManager, ownerId: string, todo: NewTodo): Promise<Todo> {
    const entity = manager.create(TodoEntity, { ...todo, ownerId, completed: false, completedAt: null });
    try {
      await manager.insert(TodoEntity, entity);
    } catch (error) {
      throw violatedConstraint(error) === 'todos_owner' ? new Unauthenticated(error) : error;
    }
    return entity;
  }

  /** Makes the next version of a todo that was found to be changed in this transaction. */
  async update(manager: EntityManager, id: string, changes: TodoChanges): Promise<Todo> {
    const { raw } = await manager
      .createQueryBuilder()
      .update(TodoEntity)
      .set(changes)
      .where({ id })
      .returning(columns)
      .execute();
    return raw[0];
  }

  /** `false`: there was no such todo of this user, or in none of `versions`. */
  async delete(ownerId: string, id: string, versions: readonly number[] | undefined): Promise<boolean> {
    const version = versions === undefined ? {} : { version: In([...versions]) };
    const { affected } = await this.#database.write((manager) =>
      manager.delete(TodoEntity, { ownerId, id, ...version }),
    );
    return affected !== 0;
  }
}
