import type { Contract } from '../../contract/contract.ts';
import type { Settings } from '../../settings/settings.ts';

/**
 * A value that is known once another resource exists. This file only passes it on, so it needs no Pulumi:
 * `T` is `pulumi.Input<string>` in the program and `string` in the tests.
 */
export interface SecretReference<T> {
  /** Of the secret in Secrets Manager: what the execution role may read. */
  readonly arn: T;
  /** The ARN, and which part of the secret is meant. Never its value. */
  readonly valueFrom: T;
}

interface DatabaseUser<T> {
  readonly name: string;
  /** Absent: it logs in with a token of IAM. */
  readonly passwordFrom?: SecretReference<T>;
}

export interface DatabaseAccess<T> {
  readonly host: T;
  readonly port: number;
  readonly name: string;
  /** Owns the tables: migrations only. */
  readonly owner: Required<DatabaseUser<T>>;
  /** Reads and writes rows, and changes no table: what serves connects as this one, by way of a proxy if there is one. */
  readonly app: DatabaseUser<T> & { readonly proxyHost?: T };
}

export interface ValkeyAccess<T> {
  readonly host: T;
  readonly port: number;
  readonly passwordFrom: SecretReference<T>;
}

/** The programs in the image; each runs as a container of its own. */
export type Process = 'api' | 'worker' | 'migrate';

export interface ContainerInput<T> {
  /** Also the name of the container, and SERVICE_NAME in it. */
  readonly process: Process;
  readonly image: T;
  readonly logGroup: T;
  readonly database: DatabaseAccess<T>;
  /** Absent: there is none. */
  readonly valkey?: ValkeyAccess<T> | undefined;
  /** What access tokens are signed with. */
  readonly authSecrets: SecretReference<T>;
  readonly contract: Contract;
  readonly settings: Settings;
}
