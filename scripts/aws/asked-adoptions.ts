import { evaluate } from '../../infra/graph/evaluate.ts';
import type { RecordedResource } from '../../infra/graph/record.ts';
import { Refusal } from '../messages/user-error.ts';
import type { Adoption, Component } from '../pulumi/adoption.ts';
import { subjectOf } from '../pulumi/engine-events.ts';
import type { ExtraConfig } from '../pulumi/stack-config.ts';
import type { StackState } from '../pulumi/stack-export.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import { isOurs, openLookups, ownerOf } from './interrupted-creations.ts';
import type { LookupPlace } from './lookups/lookup.ts';
import { lookups } from './lookups/table.ts';

/** What exists, belongs to the environment, and is to be taken into its stack because the user says so. */
export interface AskedAdoptions {
  readonly adoptions: readonly Adoption[];
  /** All components of the program, for parents that the state does not have yet. */
  readonly components: readonly Component[];
}

export interface AdoptionRequest {
  readonly projectDirectory: string;
  readonly environment: string;
  readonly adopt: readonly string[];
  readonly config: ExtraConfig;
  readonly state: StackState | undefined;
  readonly clients: AwsClients;
}

const rule = 'A stack takes over only what carries its Project and Environment tags, and what its program names.';

/** Finds in AWS what the user wants in the stack. @throws Refusal `NOT_ADOPTABLE` or `NAME_TAKEN` */
export async function readAskedAdoptions(request: AdoptionRequest): Promise<AskedAdoptions> {
  const { projectDirectory, environment, config, clients } = request;
  const { resources } = await evaluate(environment, { projectDirectory, config });
  const place = await openLookups(clients);
  const adoptions = request.adopt.map((name) => findOne(request, name, resources, place));
  return { adoptions: await Promise.all(adoptions), components: resources.filter(({ custom }) => !custom) };
}

async function findOne(
  { environment, state }: AdoptionRequest,
  name: string,
  resources: readonly RecordedResource[],
  place: LookupPlace,
): Promise<Adoption> {
  const candidates = resources.filter((resource) => resource.name === name && isNamed(resource));
  const [resource] = candidates;
  const lookup = resource === undefined ? undefined : lookups[resource.type];
  if (resource === undefined || lookup === undefined) {
    throw notAdoptable(`${environment} has no resource ${name} whose name its settings determine.`);
  }
  const { urn, parent, inputs } = resource;
  if (state?.resources.some((known) => known.urn === urn) === true) {
    throw notAdoptable(`${subjectOf(urn, parent)} is in the stack already.`);
  }
  const called = `${lookup.what} ${lookup.nameOf(inputs)}`;
  const found = await talkToAws(() => lookup.find(place, inputs));
  if (found === undefined) throw notAdoptable(`AWS has no ${called}.`);
  if (!isOurs(environment, lookup, found, undefined)) {
    throw new Refusal({
      code: 'NAME_TAKEN',
      message: `The ${called} is not of ${environment}: it is ${ownerOf(found)}.`,
      rule,
      remedy: 'If nobody needs it, delete it and omit --adopt. Else give the environment another name.',
    });
  }
  return { urn, id: found.importId, ...(parent === undefined ? {} : { parent }) };
}

/** Its name follows from the settings, without what other resources return. */
function isNamed({ type, inputs }: RecordedResource): boolean {
  const lookup = lookups[type];
  const name = lookup?.nameOf(inputs);
  return lookup !== undefined && lookup.inside !== true && name !== undefined && !name.includes('@{');
}

function notAdoptable(message: string): Refusal {
  return new Refusal({ code: 'NOT_ADOPTABLE', message, rule, remedy: 'Omit --adopt for it.' });
}
