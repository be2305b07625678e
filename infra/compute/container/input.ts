import type { Contract } from '../../contract/contract.ts';
import type { Process } from '../../contract/processes.ts';
import type { DatabaseAccess, ValkeyAccess } from '../../data/access.ts';
import type { SecretReference } from '../../foundation/secret-reference.ts';
import type { Settings } from '../../settings/settings.ts';

/**
 * Everything a container definition is made of. Values of other resources are only passed on, so this folder needs no
 * Pulumi: `T` is `pulumi.Input<string>` in the program and `string` in the tests.
 */
export interface ContainerInput<T> {
  /** Also the name of the container, and its SERVICE_NAME. */
  readonly process: Process;
  readonly image: T;
  readonly logGroup: T;
  readonly database: DatabaseAccess<T>;
  /** Absent where Valkey is off. */
  readonly valkey?: ValkeyAccess<T> | undefined;
  /** Keys that sign access tokens. */
  readonly authSecrets: SecretReference<T>;
  readonly contract: Contract;
  readonly settings: Settings;
}
