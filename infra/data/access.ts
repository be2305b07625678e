import type { SecretReference } from '../foundation/secret-reference.ts';

interface DatabaseUser<T> {
  readonly name: string;
  /** Absent: the user logs in with an IAM token. */
  readonly passwordFrom?: SecretReference<T>;
}

/** How tasks reach Postgres. */
export interface DatabaseAccess<T> {
  readonly host: T;
  readonly port: number;
  /** PEM of the authorities of its certificate; absent where nobody knows them. */
  readonly authorities?: string;
  readonly name: string;
  /** Owns the database. No process that keeps running connects as this user. */
  readonly owner: Required<DatabaseUser<T>>;
  /** The server has databases of others: this one is created by the release command's task, and marked with a comment. */
  readonly sharesServer?: { readonly mark: string; readonly maxConnections: number };
  /** Owns the app's tables, where the stack sets up the roles. */
  readonly tables?: Required<DatabaseUser<T>>;
  /** The services connect as this user, through the proxy if there is one: the same as `tables`, or one who reads and writes rows. */
  readonly app: DatabaseUser<T> & { readonly proxyHost?: T };
}

/** How tasks reach Valkey. */
export interface ValkeyAccess<T> {
  readonly host: T;
  readonly port: number;
  /** PEM of the authorities of its certificate. */
  readonly authorities: string;
  readonly passwordFrom: SecretReference<T>;
}
