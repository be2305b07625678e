import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import type { Position } from './cursor.ts';
import { TodoEntity } from './todo.entity.ts';

export interface Todo {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly completed: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type TodoChanges = Partial<Pick<Todo, 'title' | 'description' | 'completed'>>;

/** By name: a statement that was prepared before a migration added a column goes on working after it. */
const columns = 'id, title, description, completed, created_at AS "createdAt", updated_at AS "updatedAt"';

@Injectable()
export class TodosRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first, `limit` at most, after `position` when there is one. Plain rows: see Database.rows. */
  newestAfter(position: Position | undefined, limit: number): Promise<Todo[]> {
    return position === undefined
      ? this.#database.rows<Todo>(
          'todos-newest',
          `SELECT ${columns} FROM todos ORDER BY created_at DESC, id DESC LIMIT $1`,
          [limit],
        )
      : this.#database.rows<Todo>(
          'todos-newest-after',
          `SELECT ${columns} FROM todos WHERE (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $1`,
          [limit, position.createdAt, position.id],
        );
  }

  findById(id: string): Promise<Todo | null> {
    return this.#database.manager.findOneBy(TodoEntity, { id });
  }

  async insert(todo: Pick<Todo, 'id' | 'title' | 'description' | 'completed'>): Promise<Todo> {
    const entity = this.#database.manager.create(TodoEntity, todo);
    await this.#database.manager.insert(TodoEntity, entity);
    return entity;
  }

  /** `null`: there is no such todo. */
  async update(id: string, changes: TodoChanges): Promise<Todo | null> {
    const { affected } = await this.#database.manager.update(TodoEntity, { id }, changes);
    return affected === 0 ? null : this.findById(id);
  }

  /** `false`: there was no such todo. */
  async delete(id: string): Promise<boolean> {
    const { affected } = await this.#database.manager.delete(TodoEntity, { id });
    return affected !== 0;
  }
}
