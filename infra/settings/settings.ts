import type { AllSettings } from './keys/all.ts';
import type { Assembled } from './keys/group.ts';
import type { ProcessValues } from './keys/process.ts';

/**
 * Parsed configuration of one environment, grouped by what uses it. Its fields, their types and which of them can be
 * absent are inferred from the declarations in keys/.
 */
export type Settings = Assembled<AllSettings> & {
  readonly environment: string;
  readonly region: string;
  /** Plain variables of the app that the stack file sets: `app:LOG_FORMAT: text`. */
  readonly variables: Readonly<Record<string, string>>;
  /** What the stack file sets of processes other than `api` and `worker`, by the first part of the key: `mailQueue`. */
  readonly processes: Readonly<Record<string, ProcessValues>>;
};

export type ExistingVpc = NonNullable<Settings['existing']['vpc']>;
export type ExistingDatabase = NonNullable<Settings['existing']['database']>;
export type ExistingListener = NonNullable<Settings['existing']['listener']>;
export type ExistingCluster = NonNullable<Settings['existing']['cluster']>;
export type Domain = NonNullable<Settings['edge']['domain']>;
export type Firewall = NonNullable<Settings['edge']['firewall']>;
export type Github = NonNullable<Settings['github']>;
export type NightlyStop = NonNullable<Settings['nightlyStop']>;
export type ValkeySettings = NonNullable<Settings['valkey']>;
