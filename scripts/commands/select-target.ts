import { UserError } from '../messages/user-error.ts';
import type { Target } from '../release/target.ts';

export type TargetKind = Target['kind'];

export const targetKinds: readonly TargetKind[] = ['local', 'aws'];

export interface TargetPlace {
  readonly projectDirectory: string;
  /** Where the program and its stack files are, when not in the project itself. */
  readonly programDirectory?: string;
  /** Keeps several copies of the project apart on one machine; only target local needs it. */
  readonly instance: string;
  /** Port of the load balancer on target local; the environment's own when absent. */
  readonly port?: number;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Loads the platform's code when it is asked for: the AWS SDK costs a second that nobody else should wait for. */
export async function selectTarget(kind: TargetKind, place: TargetPlace): Promise<Target> {
  const { projectDirectory, programDirectory, instance, port, variables } = place;
  if (kind === 'local') {
    const { createLocalTarget } = await import('../local/target.ts');
    return createLocalTarget({
      projectDirectory,
      instance,
      variables,
      ...(programDirectory === undefined ? {} : { programDirectory }),
      ...(port === undefined ? {} : { port }),
    });
  }
  if (port !== undefined) {
    throw new UserError({
      code: 'PORT_NOT_LOCAL',
      message: '--port is for --target local: on AWS the load balancer has its own.',
    });
  }
  const { createAwsTarget } = await import('../aws/target.ts');
  return createAwsTarget({ projectDirectory: programDirectory ?? projectDirectory, environmentVariables: variables });
}
