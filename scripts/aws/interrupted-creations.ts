import { Refusal } from '../messages/user-error.ts';
import { subjectOf } from '../pulumi/engine-events.ts';
import type { PendingOperation, StackState } from '../pulumi/stack-export.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import { readIdentity } from './identity.ts';
import type { InterruptedCreation } from './interrupted-creation.ts';
import { createLookupClients } from './lookups/clients.ts';
import type { Found, Lookup, LookupPlace } from './lookups/lookup.ts';
import { lookups, repeatable } from './lookups/table.ts';
import { namesOf } from './names.ts';
import { parameterWrittenAt } from './parameters.ts';

/** AWS rounds creation times to seconds. */
const roundingMs = 5_000;

/**
 * Asks AWS what the creations that an update was killed in have made. Changes nothing.
 *
 * @throws Refusal `NAME_TAKEN` when a name that the program fixes is somebody else's
 */
export async function readInterruptedCreations(
  environment: string,
  state: Pick<StackState, 'resources' | 'pendingOperations'>,
  clients: AwsClients,
): Promise<readonly InterruptedCreation[]> {
  const known = new Set(state.resources.map(({ urn }) => urn));
  const creations = state.pendingOperations.filter(({ type, urn }) => type === 'creating' && !known.has(urn));
  if (creations.length === 0) return [];
  const place = await openLookups(clients);
  const since = await talkToAws(() => parameterWrittenAt(clients.ssm, namesOf(environment).identity));
  return Promise.all(creations.map((creation) => readOne(environment, creation, place, since)));
}

export async function openLookups(clients: AwsClients): Promise<LookupPlace> {
  const { account, arn } = await readIdentity(clients);
  return { clients: createLookupClients(clients), account, partition: arn.split(':')[1] ?? 'aws' };
}

async function readOne(
  environment: string,
  { urn, parent, resourceType, inputs }: PendingOperation,
  place: LookupPlace,
  since: Date | undefined,
): Promise<InterruptedCreation> {
  const about = { urn, subject: subjectOf(urn, parent) };
  if (repeatable.has(resourceType)) return { ...about, outcome: 'repeatable' };
  const lookup = lookups[resourceType];
  const name = lookup?.nameOf(inputs);
  if (lookup === undefined || name === undefined) return { ...about, outcome: 'unknown' };
  const found = await talkToAws(() => lookup.find(place, inputs));
  if (found === undefined) return { ...about, outcome: 'not created' };
  const called = `${lookup.what} ${name}`;
  if (!isOurs(environment, lookup, found, since)) throw nameTaken(environment, about.subject, called, found);
  const adoption = { urn, id: found.importId, ...(parent === undefined ? {} : { parent }) };
  return { ...about, outcome: 'created', adoption, ready: found.ready, called };
}

/**
 * Made for this environment, as far as AWS can say: by its tags, or by what it lies in.
 *
 * @param since when the environment was first brought up, in whatever region: what is older, it has not made. IAM has the
 *   roles of all regions of an account. Undefined: not known.
 */
export function isOurs(environment: string, lookup: Lookup, found: Found, since: Date | undefined): boolean {
  if (lookup.inside === true) return true;
  if (found.tags === undefined) return found.asAsked === true;
  const wanted = namesOf(environment).tags;
  const tagged = found.tags['Project'] === wanted.Project && found.tags['Environment'] === wanted.Environment;
  const older =
    since !== undefined && found.createdAt !== undefined && found.createdAt.getTime() < since.getTime() - roundingMs;
  return tagged && !older;
}

/** Whose it is, in words. */
export function ownerOf({ tags = {}, createdAt }: Found): string {
  const { Project: project, Environment: environment, ManagedBy: by } = tags;
  const owner =
    project === undefined && environment === undefined
      ? 'without tags of this project'
      : `tagged Project ${project ?? 'none'}, Environment ${environment ?? 'none'}${by === undefined ? '' : `, ManagedBy ${by}`}`;
  return createdAt === undefined ? owner : `${owner}, created at ${createdAt.toISOString()}`;
}

function nameTaken(environment: string, subject: string, called: string, found: Found): Refusal {
  return new Refusal({
    code: 'NAME_TAKEN',
    message: `${subject} cannot be created: AWS has the ${called}, ${ownerOf(found)}.`,
    rule: `${environment} takes over only what an interrupted update of it has made: tagged for it, and created since it was first brought up.`,
    remedy: 'If nobody needs it, delete it and run the command again. Else give the environment another name.',
  });
}
