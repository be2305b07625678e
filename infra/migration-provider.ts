import { ecsMigrationTasks } from './compute/migration/ecs-tasks.ts';
import { type Clock, type MigrationInputs, runMigration } from './compute/migration/run.ts';
import { credentialsOf, loginKeys } from './foundation/credentials.ts';

/** State of a run: its inputs and its task. */
interface MigrationState extends MigrationInputs {
  readonly taskArn: string;
}

const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** The engine's configuration of the stack, by full keys. */
interface ConfigureRequest {
  readonly config: { get(key: string): string | undefined };
}

/** Of the stack: a provider process serves one. */
let config: Readonly<Record<string, string>> = {};

async function run(inputs: MigrationInputs): Promise<MigrationState> {
  const { region } = inputs;
  const tasks = ecsMigrationTasks(region, credentialsOf(config, region));
  return { ...inputs, taskArn: await runMigration(inputs, tasks, clock) };
}

/**
 * The engine's operations on a migration run. Has no `delete`: migrations are forward only, so removing the run from the
 * state undoes nothing. Stacks keep the path of this file in their state.
 */
export const migrationProvider = {
  /** The task starts in the account that the stack logs in to, like everything else. */
  configure({ config: given }: ConfigureRequest): Promise<void> {
    config = Object.fromEntries(
      loginKeys.flatMap((key) => {
        const value = given.get(key);
        return value === undefined ? [] : [[key, value]];
      }),
    );
    return Promise.resolve();
  },
  /**
   * Another image, `appLogin` or database is another run. A state that names no database may be of another one. A failed
   * run is not in the state, so the next `up` repeats it.
   */
  async diff(_id: string, before: MigrationState, after: MigrationInputs): Promise<{ changes: boolean }> {
    const decisive = ['image', 'appLogin', 'database'] as const;
    return { changes: decisive.some((key) => before[key] !== after[key]) };
  },
  async create(inputs: MigrationInputs): Promise<{ id: string; outs: MigrationState }> {
    const state = await run(inputs);
    return { id: state.taskArn, outs: state };
  },
  async update(_id: string, _before: MigrationState, inputs: MigrationInputs): Promise<{ outs: MigrationState }> {
    return { outs: await run(inputs) };
  },
};
