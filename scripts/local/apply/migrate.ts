import { z } from 'zod';

import { readableLine, readLogFailure } from '../../messages/log-failure.ts';
import { sayToolFailure } from '../../messages/tool-failure.ts';
import { UserError } from '../../messages/user-error.ts';
import type { Progress } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import { readIfExists, writeAtomically } from '../state/files.ts';
import type { ContainerSpec } from '../translate/swarm-service.ts';

export interface MigrationRun {
  readonly docker: Docker;
  /** Of the container: one run at a time, found again after a crash. */
  readonly name: string;
  readonly container: ContainerSpec;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Secret values, by variable of the deploying process. */
  readonly secretVariables: Readonly<Record<string, string>>;
  readonly progress: Progress;
}

const shownLines = 30;

/** The command line of a one-off container; secrets are named, not shown: their values come from the environment. */
export function migrationArguments({
  name,
  container,
  network,
  labels,
}: Omit<MigrationRun, 'docker' | 'progress'>): string[] {
  return ['run', '--name', name, '--network', network, ...containerArguments({ container, labels })];
}

/** The same for each way to start a container: limits, labels, variables, image and command. */
export function containerArguments({ container, labels }: Pick<MigrationRun, 'container' | 'labels'>): string[] {
  const { capabilities, entrypoint } = container;
  const pairs = (flag: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  return [
    '--memory',
    `${container.memoryMiB}m`,
    '--cpus',
    String(container.cpus),
    '--stop-timeout',
    String(container.stopTimeoutSeconds),
    ...(container.user === undefined ? [] : ['--user', container.user]),
    ...(container.workingDirectory === undefined ? [] : ['--workdir', container.workingDirectory]),
    ...(container.init ? ['--init'] : []),
    ...(container.readOnly ? ['--read-only'] : []),
    ...capabilities.drop.flatMap((capability) => ['--cap-drop', capability]),
    ...capabilities.add.flatMap((capability) => ['--cap-add', capability]),
    ...Object.entries(container.ulimits).flatMap(([key, { soft, hard }]) => ['--ulimit', `${key}=${soft}:${hard}`]),
    ...container.emptyFolders.flatMap((folder) => ['--tmpfs', folder]),
    ...Object.entries(container.memoryFolders).flatMap(([folder, size]) => [
      '--tmpfs',
      `${folder}:size=${size}m,mode=1777`,
    ]),
    '--no-healthcheck',
    ...pairs('--label', labels),
    ...pairs('--env', container.environment),
    ...Object.keys(container.secrets).flatMap((variable) => ['--env', variable]),
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint[0] ?? '']),
    container.image,
    ...(entrypoint ?? []).slice(1),
    ...(container.command ?? []),
  ];
}

/**
 * Runs the migrations and waits until they finish; rejects with their output when they fail. An interrupt does not stop
 * them: half a migration is worse than a late one.
 */
export async function runMigration(run: MigrationRun): Promise<void> {
  const { docker, name, container, progress } = run;
  await awaitEarlierRun(docker, name, progress);
  const variables = Object.fromEntries(
    Object.entries(container.secrets).map(([variable, source]) => [variable, run.secretVariables[source] ?? '']),
  );
  const lines: string[] = [];
  const { exitCode } = await docker.attempt(migrationArguments(run), {
    variables,
    onLine: (line) => {
      lines.push(line);
      progress.detail(readableLine(line));
    },
  });
  await docker.run(['rm', '--force', name]);
  if (exitCode === 0) return;
  const failure = readLogFailure(lines);
  const why = failure.block.length === 0 ? '' : `: ${sayToolFailure(failure)}`;
  throw new UserError({
    code: 'MIGRATION_FAILED',
    message: `The migration ended with exit code ${exitCode}${exitCode === 137 ? ' (killed: by hand or by its memory limit)' : ''}${why}.`,
    rule: 'Migrations finish before any task of the new release starts.',
    remedy: 'Fix the migration and run the command again: applied migrations stay applied, the others run again.',
    details: failure.block.slice(-shownLines).join('\n'),
  });
}

/** A killed command leaves its container running: two migrations would run at once. */
async function awaitEarlierRun(docker: Docker, name: string, progress: Progress): Promise<void> {
  const { exitCode, stdout } = await docker.attempt(['container', 'inspect', '--format', '{{.State.Running}}', name]);
  if (exitCode !== 0) return;
  if (stdout === 'true') {
    progress.detail('an earlier run is still in progress: waiting for it');
    await docker.attempt(['wait', name]);
  }
  await docker.run(['rm', '--force', name]);
}

const record = z.object({ volume: z.string(), runs: z.array(z.string()).default([]) });

/** Migrations that are recorded as run on a database: they would find nothing to do. */
export interface MigrationRecord {
  has(identity: string): boolean;
  add(identity: string): Promise<void>;
}

/** @param volume tells one database from a later one of the same name */
export async function openMigrationRecord(path: string, volume: string): Promise<MigrationRecord> {
  const text = await readIfExists(path);
  const found = text === undefined ? undefined : record.parse(JSON.parse(text));
  const runs = found?.volume === volume ? found.runs : [];
  return {
    has: (identity) => runs.includes(identity),
    add: async (identity) => {
      if (!runs.includes(identity)) runs.push(identity);
      await writeAtomically(path, JSON.stringify({ volume, runs }));
    },
  };
}
