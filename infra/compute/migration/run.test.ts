import { describe, expect, it } from 'vitest';
import { type Clock, type MigrationInputs, type MigrationTasks, runMigration, type TaskState } from './run.ts';

const inputs: MigrationInputs = {
  region: 'eu-central-1',
  cluster: 'cluster',
  taskDefinition: 'migrate:7',
  subnets: ['subnet'],
  securityGroups: ['group'],
  containerName: 'migrate',
  logGroup: '/ecs/migrate',
  timeoutSeconds: 60,
  image: 'repository@sha256:1',
  appLogin: 'password',
  database: 'db-A',
};

const running: TaskState = { stopped: false, reason: '' };

interface Script {
  readonly found?: string;
  /** One state each time that the task is asked for; the last one stays. */
  readonly states: readonly TaskState[];
  readonly lines?: readonly string[];
}

/** ECS by a script; what was done is kept in `calls`. */
function scripted({ found, states, lines = [] }: Script) {
  const calls: string[] = [];
  let asked = 0;
  const tasks: MigrationTasks = {
    findRunning: async () => found,
    start: async ({ taskDefinition }) => {
      calls.push(`start ${taskDefinition}`);
      return 'task/new';
    },
    describe: async (_inputs, taskArn) => {
      calls.push(`describe ${taskArn}`);
      return states[Math.min(asked++, states.length - 1)] ?? running;
    },
    stop: async (_inputs, taskArn, reason) => {
      calls.push(`stop ${taskArn}: ${reason}`);
    },
    lastLines: async () => lines,
  };
  return { tasks, calls };
}

/** Time passes by sleeping only. */
function fakeClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  let now = 0;
  return {
    slept,
    now: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
}

describe('runMigration', () => {
  it('starts a task and waits for its exit code 0', async () => {
    const { tasks, calls } = scripted({ states: [running, running, { stopped: true, exitCode: 0, reason: '' }] });
    const clock = fakeClock();

    await expect(runMigration(inputs, tasks, clock)).resolves.toBe('task/new');
    expect(calls).toEqual(['start migrate:7', 'describe task/new', 'describe task/new', 'describe task/new']);
    expect(clock.slept).toEqual([2000, 2000]);
  });

  it('waits for a run that an interrupted update left behind, instead of starting another', async () => {
    const { tasks, calls } = scripted({
      found: 'task/old',
      states: [{ stopped: true, exitCode: 0, reason: '' }],
    });

    await expect(runMigration(inputs, tasks, fakeClock())).resolves.toBe('task/old');
    expect(calls).toEqual(['describe task/old']);
  });

  it.each([
    [
      'the migration’s own error',
      { stopped: true, exitCode: 1, reason: 'Essential container in task exited' },
      'The migration failed: exit code 1 (Essential container in task exited).',
    ],
    [
      'a kill',
      { stopped: true, exitCode: 137, reason: 'OutOfMemoryError' },
      'The migration failed: exit code 137: killed for running out of memory or exceeding its stop timeout (OutOfMemoryError).',
    ],
    [
      'an image that cannot be pulled',
      { stopped: true, reason: 'CannotPullContainerError: not found' },
      'The migration failed: its container never started: CannotPullContainerError: not found.',
    ],
  ])('rejects with %s and the last log lines', async (_what, state, first) => {
    const { tasks } = scripted({ states: [state], lines: ['applying create-todos', 'relation exists'] });

    await expect(runMigration(inputs, tasks, fakeClock())).rejects.toThrow(
      [first, 'Task: task/new', 'Last log lines:', '  applying create-todos', '  relation exists'].join('\n'),
    );
  });

  it('says so when nothing was logged', async () => {
    const { tasks } = scripted({ states: [{ stopped: true, exitCode: 1, reason: 'x' }] });

    await expect(runMigration(inputs, tasks, fakeClock())).rejects.toThrow('  (no log lines)');
  });

  it('stops a task that does not end in time', async () => {
    const { tasks, calls } = scripted({ states: [running], lines: ['waiting for the lock'] });

    await expect(runMigration(inputs, tasks, fakeClock())).rejects.toThrow(
      [
        'The migration failed: stopped because it was still running after migrationTimeoutSeconds, 60 s.',
        'Task: task/new',
        'Last log lines:',
        '  waiting for the lock',
      ].join('\n'),
    );
    expect(calls.at(-1)).toBe('stop task/new: migrationTimeoutSeconds exceeded');
  });
});
