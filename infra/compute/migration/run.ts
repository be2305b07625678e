import { namedError } from '../../errors/named-error.ts';

/** What a run of the migrations is made from. */
export interface MigrationInputs {
  readonly region: string;
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly containerName: string;
  readonly logGroup: string;
  readonly timeoutSeconds: number;
  /** A run belongs to an image, and to how the app logs in, which it prepares: no other setting runs it again. */
  readonly image: string;
  readonly appLogin: string;
}

/** A task as ECS describes it. */
export interface TaskState {
  readonly stopped: boolean;
  /** Absent when the container never started. */
  readonly exitCode?: number;
  /** Why ECS stopped it, or could not start it. */
  readonly reason: string;
}

/** What a run needs of ECS and of its logs; migration-ecs.ts talks to AWS, the tests do not. */
export interface MigrationTasks {
  /** A task of exactly that task definition which has not ended: an interrupted run leaves one behind. */
  findRunning(inputs: MigrationInputs): Promise<string | undefined>;
  start(inputs: MigrationInputs): Promise<string>;
  describe(inputs: MigrationInputs, taskArn: string): Promise<TaskState>;
  stop(inputs: MigrationInputs, taskArn: string, reason: string): Promise<void>;
  /** The last lines that the task wrote; empty when it wrote none. */
  lastLines(inputs: MigrationInputs, taskArn: string): Promise<readonly string[]>;
}

/** Injected, so that tests do not wait. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** The schema is not what the release needs. The old release serves on. */
export class MigrationError extends namedError('MigrationError') {}

const pollMilliseconds = 2_000;

/** Runs the migrations to their end. Resolves with the task's ARN after exit code 0; rejects with why not, and its log. */
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
      await tasks.stop(inputs, taskArn, 'migrationTimeoutSeconds is over');
      const why = `it was stopped because it had not ended after migrationTimeoutSeconds, ${inputs.timeoutSeconds} s`;
      throw new MigrationError(describeFailure(taskArn, why, await tasks.lastLines(inputs, taskArn)));
    }
    await clock.sleep(pollMilliseconds);
  }
}

function outcome({ exitCode, reason }: TaskState): string {
  if (exitCode === undefined) return `its container never started: ${reason}`;
  if (exitCode === 137) return `exit code 137, killed: out of memory or past its stop timeout (${reason})`;
  return `exit code ${exitCode} (${reason})`;
}

function describeFailure(taskArn: string, why: string, lines: readonly string[]): string {
  const log = lines.length === 0 ? ['  (it logged nothing)'] : lines.map((line) => `  ${line}`);
  return [`The migration failed: ${why}.`, `Task: ${taskArn}`, 'Its last log lines:', ...log].join('\n');
}
