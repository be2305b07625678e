/** What a migration may do: run statements, inside its transaction if it has one. */
export interface MigrationConnection {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** A file of app/migrations. It runs once, forwards, in a transaction of its own. */
export interface MigrationModule {
  /**
   * `false` for what Postgres refuses in a transaction (CREATE INDEX CONCURRENTLY). Then it is one statement, and one that
   * may run twice (IF NOT EXISTS): the process can end after the statement and before it is recorded.
   */
  readonly transaction?: false;
  up(connection: MigrationConnection): Promise<void>;
}

/** `expand` adds what old code can ignore; `contract` removes what old code may still use. */
export type MigrationKind = 'expand' | 'contract';

export interface Migration {
  /** File name without kind and extension, which orders the migrations: `20261121T0900-create-todos`. */
  readonly name: string;
  readonly kind: MigrationKind;
  readonly file: string;
}
