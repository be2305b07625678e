import type { PriceSource } from '../cost/prices.ts';
import { UserError } from '../messages/user-error.ts';
import type { Target } from '../release/target.ts';

export type TargetKind = Target['kind'];

export const targetKinds: readonly TargetKind[] = ['local', 'aws'];

export interface TargetPlace {
  readonly projectDirectory: string;
  /** Where the program and its stack files are, when not in the project itself. */
  readonly programDirectory?: string;
  /** Separates copies of the project on one machine; for target local. */
  readonly instance: string;
  /** Port of the load balancer on target local; absent: the environment's own. */
  readonly port?: number;
  /** Absent: the command promotes nothing. */
  readonly promotion?: { readonly from: string; readonly to: string };
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Is told what the user should know when the command has ended. */
  readonly note: (text: string) => void;
  /** Aborts when the command is interrupted. */
  readonly signal: AbortSignal;
}

/** AWS's price list, asked with the credentials of an environment. */
export async function openPriceList({
  projectDirectory,
  variables,
  environment,
}: Pick<TargetPlace, 'projectDirectory' | 'variables'> & { readonly environment: string }): Promise<PriceSource> {
  const { accessTo } = await import('../aws/access.ts');
  const { talkToAws } = await import('../aws/aws-errors.ts');
  const { readPriceList } = await import('../cost/price-list.ts');
  const { credentials } = accessTo(projectDirectory, environment, variables);
  return (region, keys) =>
    talkToAws(() => readPriceList(credentials === undefined ? {} : { credentials }, region, keys));
}

/** Loads a platform's code only when it is needed: the AWS SDK takes a second to load. */
export async function selectTarget(kind: TargetKind, place: TargetPlace): Promise<Target> {
  const { projectDirectory, programDirectory, instance, port, promotion, variables, note, signal } = place;
  if (kind === 'local') {
    const { createEngineFinder } = await import('../local/engine/engine.ts');
    const find = createEngineFinder({ executable: variables['STACK_DOCKER'] });
    // The clients answer while this process loads what it needs; whoever needs the engine is told what went wrong.
    find().catch(() => undefined);
    const { createLocalTarget } = await import('../local/target.ts');
    return createLocalTarget({
      find,
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
      message: '--port is for --target local: on AWS the load balancer has its own port.',
    });
  }
  const { createAwsTarget } = await import('../aws/target.ts');
  return createAwsTarget({
    projectDirectory: programDirectory ?? projectDirectory,
    ownDirectory: projectDirectory,
    environmentVariables: variables,
    note,
    signal,
    ...(promotion === undefined ? {} : { promotion }),
  });
}
