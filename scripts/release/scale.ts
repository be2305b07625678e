import { stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { secondsSince } from './clock.ts';
import type { Flow } from './flow.ts';
import { assertNotFrozen } from './freeze.ts';
import { assertNotInterrupted } from './interruption.ts';
import { withLock } from './lock.ts';
import { nothingRuns } from './nothing-runs.ts';
import { chooseProcess } from './operations.ts';
import { type RecordingFlow, recordOperation } from './record-operation.ts';
import type { RunningService } from './target.ts';

export type ScaleFlow = Pick<Flow, 'target' | 'clock' | 'progress' | 'signal'>;

type RecordedScaleFlow = ScaleFlow & RecordingFlow;

export interface ScaleResult {
  readonly environment: string;
  readonly process: string;
  readonly before: number;
  readonly count: number;
  readonly changed: boolean;
  readonly seconds: number;
}

const pollMilliseconds = 2_000;

/**
 * Sets how many tasks of a process run, until autoscaling or the next `up` sets another number, and waits until so many are
 * healthy. The settings stay as they are: they are in git, and a command that edits them would be undone by the next commit.
 */
export async function scale(
  flow: RecordedScaleFlow,
  environment: string,
  asked: string,
  count: number,
): Promise<ScaleResult> {
  const { target, clock, progress, signal } = flow;
  const startedAt = clock.now();
  await assertNotFrozen(target, environment);
  const observed = await target.observe(environment);
  if (observed === undefined || observed.services.length === 0) throw nothingRuns(target, environment, 'to scale');
  const names = observed.services.map(({ name }) => name);
  const process = chooseProcess(environment, names, asked);
  await assertWithinBounds(flow, environment, process, count);
  return await withLock(target, environment, 'scale', async () => {
    assertNotInterrupted(signal);
    await assertNotFrozen(target, environment);
    const before = (await serviceOf(flow, environment, process))?.desired ?? 0;
    const reach = async () => {
      const whole = await waitForTasks(flow, environment, process, count);
      const seconds = secondsSince(clock, startedAt);
      return { environment, process, before, count: whole, changed: before !== count, seconds };
    };
    if (before === count) return await reach();
    const facts = { action: 'scale', what: `${process} from ${before} to ${count} tasks` } as const;
    return await recordOperation(flow, environment, facts, async () => {
      progress.step(`Scale ${process} of ${environment} from ${before} to ${count} tasks`);
      await target.operations.scale(environment, process, count);
      return await reach();
    });
  });
}

async function assertWithinBounds(
  { target }: ScaleFlow,
  environment: string,
  process: string,
  count: number,
): Promise<void> {
  const { min, max, settings } = await target.operations.bounds(environment, process);
  if (count >= min && count <= max) return;
  throw new Refusal({
    code: 'COUNT_OUT_OF_BOUNDS',
    message: `${process} of ${environment} cannot run ${count} tasks.`,
    rule: `It runs ${min} to ${max}: autoscaling keeps the count between ${settings.min} and ${settings.max}, and the size of each task's connection pool follows from the maximum.`,
    remedy: `Change ${settings.min} or ${settings.max} in Pulumi.${environment}.yaml and run \`${stackCommand(target.kind, 'up', environment)}\`.`,
  });
}

async function waitForTasks(flow: ScaleFlow, environment: string, process: string, count: number): Promise<number> {
  const { target, clock, progress, signal } = flow;
  const deadline = clock.now() + (await target.operations.bounds(environment, process)).seconds * 1000;
  for (;;) {
    const { desired = 0, tasks = [] } = (await serviceOf(flow, environment, process)) ?? {};
    const healthy = tasks.filter((task) => task.healthy).length;
    progress.detail(`${healthy} of ${count} tasks healthy`);
    if (desired === count && tasks.length === count && healthy === count) return count;
    if (clock.now() >= deadline) {
      throw new UserError({
        code: 'SCALE_NOT_REACHED',
        message:
          desired === count
            ? `${process} of ${environment} has ${healthy} healthy tasks of ${count}.`
            : `${process} of ${environment} is to run ${desired} tasks again, not ${count}: somebody or autoscaling has set that.`,
        remedy: `\`${stackCommand(target.kind, 'status', environment)}\` shows what runs.`,
        details: await target.explain(environment),
      });
    }
    await clock.sleep(pollMilliseconds, signal);
  }
}

async function serviceOf(
  { target }: ScaleFlow,
  environment: string,
  process: string,
): Promise<RunningService | undefined> {
  return (await target.observe(environment))?.services.find(({ name }) => name === process);
}
