import { stackCommand } from '../messages/next-command.ts';
import type { UserError } from '../messages/user-error.ts';
import type { FailedResource } from '../pulumi/engine-events.ts';
import { collisionsOf, UpdateError } from '../pulumi/problems.ts';
import { splitUrn } from '../pulumi/urn.ts';
import type { AwsClients } from './clients.ts';
import { isOurs, openLookups, ownerOf } from './interrupted-creations.ts';
import type { LookupPlace } from './lookups/lookup.ts';
import { lookups } from './lookups/table.ts';

/** What keeps a resource from being created, and whose it is. */
interface Collision {
  readonly text: string;
  /** The logical name of a resource that is the environment's own: `up --adopt` takes it over. */
  readonly adoptable?: string;
}

/** The same error with what AWS says about each name that is taken: what has it, whose it is, and what to do. */
export async function explainCollisions(
  error: UpdateError,
  environment: string,
  clients: AwsClients,
): Promise<UserError> {
  const place = await openLookups(clients).catch(() => undefined);
  const found = await Promise.all(collisionsOf(error.failures).map((one) => explainOne(one, environment, place)));
  const adoptable = found.flatMap(({ adoptable }) => (adoptable === undefined ? [] : [adoptable]));
  const adopt = stackCommand('aws', 'up', environment, ...adoptable.flatMap((name) => ['--adopt', name]));
  const others = 'If nobody needs it, delete it and run the command again. Else give the environment another name.';
  return new UpdateError(
    {
      code: error.code,
      message: found.map(({ text }) => text).join('\n'),
      rule: 'Names follow from the environment, so that AWS can be asked what runs; the stack does not touch what it has not made.',
      remedy:
        adoptable.length === 0
          ? others
          : `${adopt} takes over what is tagged for ${environment}.${adoptable.length < found.length ? ` For the rest: ${others}` : ''}`,
      ...(error.details === undefined ? {} : { details: error.details }),
      cause: error,
    },
    error.failures,
  );
}

async function explainOne(
  { urn, type, subject, inputs }: FailedResource,
  environment: string,
  place: LookupPlace | undefined,
): Promise<Collision> {
  const lookup = lookups[type];
  const name = lookup?.nameOf(inputs);
  if (place === undefined || lookup === undefined || name === undefined) {
    return { text: `${subject} cannot be created: AWS already has one of that name, and cannot be asked whose it is.` };
  }
  const called = `${lookup.what} ${name}`;
  const found = await lookup.find(place, inputs).catch(() => undefined);
  if (found === undefined) {
    return { text: `${subject} cannot be created: AWS says that there is a ${called}, but does not find it.` };
  }
  const text = `${subject} cannot be created: AWS already has the ${called}, ${ownerOf(found)}.`;
  const adoptable = lookup.inside !== true && isOurs(environment, lookup, found, undefined);
  return adoptable ? { text, adoptable: splitUrn(urn).name } : { text };
}
