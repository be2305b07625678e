import { ecsMigrationTasks } from './compute/migration/ecs-tasks.ts';
import { type Clock, type MigrationInputs, runMigration } from './compute/migration/run.ts';

/** State of a run: its inputs and its task. */
interface MigrationState extends MigrationInputs {
  readonly taskArn: string;
}

const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

async function run(inputs: MigrationInputs): Promise<MigrationState> {
  return { ...inputs, taskArn: await runMigration(inputs, ecsMigrationTasks(inputs.region), clock) };
}

/**
 * The engine's operations on a migration run. Has no `delete`: migrations are forward only, so removing the run from the
 * state undoes nothing. Stacks keep the path of this file in their state.
 */
export const migrationProvider = {
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
