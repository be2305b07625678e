import { z } from 'zod';
import { readableLine } from '../../messages/log-failure.ts';
import type { LastRun } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import { inspectScheduler } from '../scheduler/container.ts';
import type { Place } from '../state/place.ts';
import { lastLog } from '../swarm/task-report.ts';
import { deriveNames } from '../translate/names.ts';

const container = z.object({
  State: z.object({
    Running: z.boolean(),
    ExitCode: z.number(),
    OOMKilled: z.boolean(),
    /** Why the engine could not start it. */
    Error: z.string(),
    FinishedAt: z.string(),
  }),
});

/** How the last runs ended of what the scheduler of an environment starts. */
export async function readLastRuns(docker: Docker, { instance, environment }: Place): Promise<readonly LastRun[]> {
  const starts = await startsOf(docker, instance, environment);
  return await Promise.all(starts.map((start) => lastRun(docker, start)));
}

interface Start {
  readonly name: string;
  readonly container: string;
}

async function startsOf(docker: Docker, instance: string, environment: string): Promise<readonly Start[]> {
  return (await inspectScheduler(docker, deriveNames(instance, environment).scheduler))?.starts ?? [];
}

async function lastRun(docker: Docker, { name: process, container: id }: Start): Promise<LastRun> {
  const found = await docker.api.get(`/containers/${id}/json`);
  if (found === undefined) return { process, unknown: `its container ${id} is gone` };
  const { State } = container.parse(found);
  if (State.Running) return { process, unknown: 'a run is in progress, and this engine keeps only one' };
  // The engine's zero time: it has never ended.
  const ended = !State.FinishedAt.startsWith('0001-');
  const failed =
    State.Error !== ''
      ? `it could not be started: ${State.Error}`
      : State.OOMKilled
        ? 'it was killed for using more than its memory limit (exit code 137)'
        : State.ExitCode !== 0
          ? `exit code ${State.ExitCode}`
          : undefined;
  return {
    process,
    ...(ended ? { at: new Date(State.FinishedAt).toISOString() } : {}),
    ...(failed === undefined ? {} : { failed }),
  };
}

/** Why the last runs failed, with their last log lines; empty where none did. */
export async function explainLastRuns(docker: Docker, { instance, environment }: Place): Promise<string> {
  const starts = await startsOf(docker, instance, environment);
  const texts = await Promise.all(
    starts.map(async (start) => {
      const { failed, at } = await lastRun(docker, start);
      if (failed === undefined) return [];
      const log = await lastLog(docker, start.container);
      return [
        `${start.name}: its last run on schedule failed${at === undefined ? '' : `, at ${at.slice(0, 19)}Z`}: ${failed}`,
        ...(log === '' ? [] : log.split('\n').map((line) => `  | ${readableLine(line)}`)),
      ];
    }),
  );
  return texts.flat().join('\n');
}
