import {
  DeleteParameterCommand,
  InvalidKeyId,
  ParameterNotFound,
  PutParameterCommand,
  paginateDescribeParameters,
} from '@aws-sdk/client-ssm';
import type { KeptSecret, SecretStore } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';

export interface ParameterSecretsOptions {
  readonly clients: Pick<AwsClients, 'ssm'>;
  /** Path of the parameters, with the slash at its end. */
  readonly path: string;
  /** Of the customer managed key; absent: the key that AWS manages for Parameter Store. */
  readonly keyAlias: string | undefined;
  /** Says something when the command has ended. */
  readonly note: (text: string) => void;
}

/** Encrypted parameters. Nothing here reads a value: only the execution roles of the processes that name it may. */
export class ParameterSecrets implements SecretStore {
  readonly #options: ParameterSecretsOptions;

  constructor(options: ParameterSecretsOptions) {
    this.#options = options;
  }

  async list(): Promise<readonly KeptSecret[]> {
    const { clients, path } = this.#options;
    return talkToAws(async () => {
      const found: KeptSecret[] = [];
      const ParameterFilters = [{ Key: 'Name', Option: 'BeginsWith', Values: [path] }];
      for await (const { Parameters = [] } of paginateDescribeParameters(
        { client: clients.ssm },
        { ParameterFilters },
      )) {
        for (const { Name = '', LastModifiedDate } of Parameters) {
          if (!Name.startsWith(path)) continue;
          found.push({ name: Name.slice(path.length), changedAt: (LastModifiedDate ?? new Date(0)).toISOString() });
        }
      }
      return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  async set(name: string, value: string): Promise<void> {
    const { keyAlias, note } = this.#options;
    try {
      await this.#put(name, value, keyAlias);
    } catch (error) {
      // The first `up` makes the key, and needs the secrets before.
      if (keyAlias === undefined || !(error instanceof InvalidKeyId)) throw error;
      await this.#put(name, value, undefined);
      note(
        `${name} is encrypted with the key of AWS: ${keyAlias} does not exist yet. Set it again after the first up.`,
      );
    }
  }

  #put(name: string, Value: string, keyAlias: string | undefined) {
    const { clients, path } = this.#options;
    return talkToAws(() =>
      clients.ssm.send(
        new PutParameterCommand({
          Name: `${path}${name}`,
          Value,
          Type: 'SecureString',
          Tier: 'Standard',
          Overwrite: true,
          ...(keyAlias === undefined ? {} : { KeyId: keyAlias }),
        }),
      ),
    );
  }

  /** Nobody but the execution roles reads a value. */
  async borrow(): Promise<boolean> {
    return false;
  }

  async unset(name: string): Promise<boolean> {
    const { clients, path } = this.#options;
    return talkToAws(async () => {
      try {
        await clients.ssm.send(new DeleteParameterCommand({ Name: `${path}${name}` }));
        return true;
      } catch (error) {
        if (error instanceof ParameterNotFound) return false;
        throw error;
      }
    });
  }
}
