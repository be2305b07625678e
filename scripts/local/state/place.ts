import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Release } from '../../../infra/release/release.ts';
import { userName } from '../../messages/user-name.ts';
import type { StackDocument } from '../translate/stack-document.ts';
import type { StackJob } from '../translate/stacks.ts';
import { readIfExists, writeAtomically } from './files.ts';

/** Which copy of the project and which environment of it: with it, all names and folders are known. */
export interface Place {
  readonly projectDirectory: string;
  /** Keeps several copies of the project apart on one engine. */
  readonly instance: string;
  readonly environment: string;
}

/** Where an environment keeps what outlives a command. */
export interface Folder {
  readonly directory: string;
  readonly secrets: string;
  /** What a person has set. Of the checkout, so that it outlives the environment, and every instance has it. */
  readonly givenSecrets: string;
  /** Of the server that is called so. */
  certificate(server: string): string;
  readonly ledger: string;
  readonly deployed: string;
  readonly migrated: string;
  readonly loadBalancer: string;
  readonly scheduler: string;
  /** Of Prometheus and its exporters. */
  readonly alarms: string;
}

/** The last successful deployment: what a failed one is rolled back to. */
export interface Deployed {
  readonly release: Release;
  readonly port: number;
  readonly settingsHash: string;
  readonly services: StackDocument;
  /** Processes that run to their end; `run` starts the one-offs among them. */
  readonly jobs?: readonly StackJob[];
  /** When `restart` last replaced the tasks of a service, by its name. */
  readonly restarts?: Readonly<Record<string, string>>;
  /** Until when alarms were watched after the last rollout; absent where none were. ISO 8601, UTC. */
  readonly alarmsWatchedUntil?: string;
}

export function stackDirectory(projectDirectory: string): string {
  return join(projectDirectory, '.stack');
}

export function engineDirectory(projectDirectory: string): string {
  return join(stackDirectory(projectDirectory), 'engine');
}

/** One for all checkouts on the machine, whatever the temporary folder of each: they share the engine. */
export function engineLockPath(): string {
  return join('/tmp', `stack-engine-${userName()}.lock`);
}

export function folderOf({ projectDirectory, instance, environment }: Place): Folder {
  const directory = join(stackDirectory(projectDirectory), instance, environment);
  return {
    directory,
    secrets: join(directory, 'secrets.json'),
    givenSecrets: join(stackDirectory(projectDirectory), 'secrets', `${environment}.json`),
    certificate: (server) => join(directory, `certificate-${server}.json`),
    ledger: join(directory, 'ledger.jsonl'),
    deployed: join(directory, 'deployed.json'),
    migrated: join(directory, 'migrated.json'),
    loadBalancer: join(directory, 'load-balancer'),
    scheduler: join(directory, 'scheduler'),
    alarms: join(directory, 'alarms'),
  };
}

/** Beside the folder, not in it: `down` removes the folder while it holds the lock. */
export function lockPath({ projectDirectory, instance, environment }: Place): string {
  return join(stackDirectory(projectDirectory), 'locks', `${instance}-${environment}.lock`);
}

export async function readDeployed(folder: Folder): Promise<Deployed | undefined> {
  const text = await readIfExists(folder.deployed);
  return text === undefined ? undefined : (JSON.parse(text) as Deployed);
}

export async function writeDeployed(folder: Folder, deployed: Deployed): Promise<void> {
  await writeAtomically(folder.deployed, `${JSON.stringify(deployed, null, 2)}\n`);
}

export async function removeFolder({ directory }: Folder): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  // The instance's own folder goes with its last environment.
  await rmdir(dirname(directory)).catch(() => undefined);
}
