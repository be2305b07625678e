import type { Contract } from '../../contract/contract.ts';
import type { DatabaseAccess, ValkeyAccess } from '../../data/access.ts';
import type { SecretReference } from '../../foundation/secret-reference.ts';
import type { App, Process } from '../../manifest/app.ts';
import type { Settings } from '../../settings/settings.ts';

/**
 * Everything a container definition is made of. Values of other resources are only passed on, so this folder needs no
 * Pulumi: `T` is `pulumi.Input<string>` in the program and `string` in the tests.
 */
export interface ContainerInput<T> {
  /** Also the name of the container. */
  readonly process: Process;
  readonly app: App;
  readonly image: T;
  readonly release: { readonly version: string; readonly commit: string };
  /** Of the app's own resources. */
  readonly ownVariables?: Readonly<Record<string, T>>;
  readonly logGroup: T;
  readonly database: DatabaseAccess<T>;
  /** Absent where Valkey is off. */
  readonly valkey?: ValkeyAccess<T> | undefined;
  /** The app's own secrets, by the names of their variables. */
  readonly secrets: Readonly<Record<string, SecretReference<T>>>;
  /** Secrets that are made of others, by the names of their variables. */
  readonly composed?: Readonly<Record<string, SecretReference<T>>>;
  /** Program that sets up the database roles and then becomes the command that follows it. */
  readonly roleSetup: string;
  /** Puts a text together. */
  readonly concat: (parts: readonly (T | string)[]) => T;
  readonly contract: Contract;
  readonly settings: Settings;
}
