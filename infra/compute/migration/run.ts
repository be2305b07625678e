import { namedError } from '../../errors/named-error.ts';

/** Inputs of a migration run. */
export interface MigrationInputs {
  readonly region: string;
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly containerName: string;
  readonly logGroup: string;
  readonly timeoutSeconds: number;
  /**
   * Another image, `appLogin` or database runs the migrations again. No other input does. The database is its resource
   * id, which a replaced or restored instance does not share with the one before:
   * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
   */
  readonly image: string;
  readonly appLogin: string;
  readonly database: string;
}

/** A task as ECS describes it. */
export interface TaskState {
  readonly stopped: boolean;
  /** Absent if the container never started. */
  readonly exitCode?: number;
  /** Why ECS stopped the task or failed to start it. */
  readonly reason: string;
}

/** Operations on migration tasks: ecs-tasks.ts calls AWS, tests use a fake. */
export interface MigrationTasks {
  /** A running task of exactly that task definition, left by an interrupted update. */
  findRunning(inputs: MigrationInputs): Promise<string | undefined>;
  start(inputs: MigrationInputs): Promise<string>;
  describe(inputs: MigrationInputs, taskArn: string): Promise<TaskState>;
  stop(inputs: MigrationInputs, taskArn: string, reason: string): Promise<void>;
  /** The last log lines of the task. Empty if it wrote none. */
  lastLines(inputs: MigrationInputs, taskArn: string): Promise<readonly string[]>;
}

/** Injected, so that tests do not wait. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** The migrations did not finish. The previous release keeps serving. */
export class MigrationError extends namedError('MigrationError') {}

const pollMilliseconds = 2_000;

/** Runs the migrations to completion. Resolves with the task's ARN on exit code 0. Throws MigrationError with the log otherwise. */
export async function runMigration(inputs: MigrationInputs, tasks: MigrationTasks, clock: Clock): Promise<string> {
  const taskArn = (await tasks.findRunning(inputs)) ?? (await tasks.start(inputs));
  const deadline = clock.now() + inputs.timeoutSeconds * 1_000;
  for (;;) {
    const state = await tasks.describe(inputs, taskArn);
    if (state.stopped) {
      if (state.exitCode === 0) return taskArn;
      throw new MigrationError(describeFailure(taskArn, outcome(state), await tasks.lastLines(inputs, taskArn)));
    }
    if (clock.now() >= deadline) {
      await tasks.stop(inputs, taskArn, 'migrationTimeoutSeconds exceeded');
      const why = `stopped because it was still running after migrationTimeoutSeconds, ${inputs.timeoutSeconds} s`;
      throw new MigrationError(describeFailure(taskArn, why, await tasks.lastLines(inputs, taskArn)));
    }
    await clock.sleep(pollMilliseconds);
  }
}

function outcome({ exitCode, reason }: TaskState): string {
  if (exitCode === undefined) return `its container never started: ${reason}`;
  if (exitCode === 137)
    return `exit code 137: killed for running out of memory or exceeding its stop timeout (${reason})`;
  return `exit code ${exitCode} (${reason})`;
}

function describeFailure(taskArn: string, why: string, lines: readonly string[]): string {
  const log = lines.length === 0 ? ['  (no log lines)'] : lines.map((line) => `  ${line}`);
  return [`The migration failed: ${why}.`, `Task: ${taskArn}`, 'Last log lines:', ...log].join('\n');
}
