import { z } from 'zod';
import { Refusal, type UserError } from '../messages/user-error.ts';
import type { StackState } from '../pulumi/stack-export.ts';

const schema = z.object({
  account: z.string(),
  partition: z.string(),
  region: z.string(),
  project: z.string(),
  stack: z.string(),
  backend: z.string(),
});

/**
 * Where an environment is: the AWS account and region that hold it, and the Pulumi backend and stack that know it. Kept
 * in the account itself, beside the ledger, from the first `up` to `down`.
 */
export type EnvironmentIdentity = z.output<typeof schema>;

/** What is compared before a command changes or reports anything. */
export interface IdentityFacts {
  readonly environment: string;
  /** Of the parameter that records it. */
  readonly path: string;
  /** What this command is configured for. An empty backend: nobody is logged in to one. */
  readonly current: EnvironmentIdentity;
  /** What the environment's own parameter says; `undefined`: there is none in this account and region. */
  readonly recorded: EnvironmentIdentity | undefined;
  /** Resources of the environment that AWS has, by their names. */
  readonly found: readonly string[];
  /** The stack as the backend has it; `undefined`: it has none. Asked for only where nothing is recorded. */
  readonly state: () => Promise<StackState | undefined>;
}

const labels: Readonly<Record<keyof EnvironmentIdentity, string>> = {
  account: 'AWS account',
  partition: 'AWS partition',
  region: 'AWS region',
  project: 'project in Pulumi.yaml',
  stack: 'stack',
  backend: 'Pulumi backend',
};

export function parseIdentity(text: string): EnvironmentIdentity | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Rejects where the backend and AWS speak of different environments. What AWS has and the backend does not know is never
 * touched: an `up` would make a second infrastructure beside it, a `down` would forget it.
 */
export async function assertSameEnvironment(facts: IdentityFacts): Promise<void> {
  const { recorded, current } = facts;
  if (recorded !== undefined) {
    const differing = keysOf(current).filter((key) => recorded[key] !== current[key]);
    if (differing.length > 0) throw differs(facts, recorded, differing);
    return;
  }
  const state = await facts.state();
  const known = state?.resources.filter(({ type }) => type !== 'pulumi:pulumi:Stack') ?? [];
  if (facts.found.length > 0 && known.length === 0) throw unknownToBackend(facts);
  const elsewhere = known.flatMap(({ outputs }) => placeOf(outputs['arn'])).find((place) => !isHere(place, current));
  if (elsewhere !== undefined) throw stateIsElsewhere(facts, elsewhere);
  if (facts.found.length === 0 && known.some(({ type }) => type === 'aws:ecs/cluster:Cluster')) {
    throw unknownToAws(facts);
  }
}

interface Place {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
}

/** Of an ARN that names all three: those of IAM, S3 and Route 53 leave some out. */
function placeOf(arn: unknown): readonly Place[] {
  const [, partition, region, account] = /^arn:([^:]+):[^:]+:([^:]+):(\d{12}):/.exec(String(arn)) ?? [];
  return partition === undefined || region === undefined || account === undefined
    ? []
    : [{ partition, region, account }];
}

function isHere(place: Place, current: EnvironmentIdentity): boolean {
  return place.account === current.account && place.region === current.region && place.partition === current.partition;
}

const rule =
  'The backend and AWS are compared before anything is changed or reported: what one of them does not know is not touched.';

function differs(
  { environment, current, path }: IdentityFacts,
  recorded: EnvironmentIdentity,
  keys: readonly (keyof EnvironmentIdentity)[],
): UserError {
  const lines = keys.map(
    (key) =>
      `${labels[key]}: ${environment} was made with ${shown(recorded[key])}, this command uses ${shown(current[key])}`,
  );
  return new Refusal({
    code: 'ANOTHER_ENVIRONMENT',
    message: `This command is not configured for the environment ${environment} of this account.\n${lines.join('\n')}`,
    rule,
    remedy: remedyOf(keys, recorded, path),
  });
}

function remedyOf(keys: readonly (keyof EnvironmentIdentity)[], recorded: EnvironmentIdentity, path: string): string {
  if (keys.includes('backend')) {
    return `Use that backend: pulumi login ${recorded.backend}. If its state was moved on purpose, with \`pulumi stack export\` and \`import\`, delete the parameter ${path}: the next command compares the imported state with AWS.`;
  }
  return 'Use the credentials, the stack file and the Pulumi.yaml that the environment was made with.';
}

function unknownToBackend({ environment, current, found }: IdentityFacts): UserError {
  return new Refusal({
    code: 'STACK_UNKNOWN_TO_BACKEND',
    message: `AWS has ${list(found)} in account ${current.account}, ${current.region}, but ${shown(current.backend)} has no state of the stack ${environment}.`,
    rule,
    remedy: `Log in to the backend that has it (pulumi login …), or use the credentials of another account. \`pulumi stack ls\` lists what a backend knows.`,
  });
}

function stateIsElsewhere({ environment, current }: IdentityFacts, place: Place): UserError {
  return new Refusal({
    code: 'ANOTHER_ENVIRONMENT',
    message: `The state of ${environment} in ${shown(current.backend)} is of account ${place.account}, ${place.region}; this command uses account ${current.account}, ${current.region}.`,
    rule,
    remedy:
      place.account === current.account
        ? `An environment cannot move to another region: set aws:region back to ${place.region} in Pulumi.${environment}.yaml, or make an environment of another name there.`
        : `Use credentials of account ${place.account}.`,
  });
}

function unknownToAws({ environment, current }: IdentityFacts): UserError {
  return new Refusal({
    code: 'STACK_UNKNOWN_TO_AWS',
    message: `${shown(current.backend)} has a state of ${environment} with a cluster, but AWS has neither that cluster nor a load balancer, a database or releases of it in account ${current.account}, ${current.region}.`,
    rule,
    remedy: `If it was deleted by hand, \`pulumi refresh --stack ${environment}\` takes that over; else use the credentials of the account that has it.`,
  });
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function shown(value: string): string {
  return value === '' ? 'none' : value;
}

function keysOf(identity: EnvironmentIdentity): readonly (keyof EnvironmentIdentity)[] {
  return Object.keys(identity).filter((key): key is keyof EnvironmentIdentity => key in labels);
}
