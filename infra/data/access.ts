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
  /** Owns the tables. Only migrations connect as this user. */
  readonly owner: Required<DatabaseUser<T>>;
  /** Reads and writes rows but cannot change tables. The services connect as this user, through the proxy if there is one. */
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
