/** The part of a recorded resource that a query reads. */
export interface GraphResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly urn?: string;
  readonly parent?: string;
}

/** A graph as a query reads it; the recorder's has more, and its resources come back as they went in. */
export interface ProgramGraph<Resource extends GraphResource = GraphResource> {
  readonly environment: string;
  readonly resources: readonly Resource[];
}

/** What one resource uses of another: `@{aws:rds/instance:Instance::database::address}`, as tokens.ts writes it. */
export interface Reference {
  readonly type: string;
  readonly name: string;
  readonly property: string;
}

const referencePattern = /@\{([^{}]+?)::([^{}]+?)::([^{}]+?)\}/g;

/** The resources of the given types, in the order of the graph. */
export function ofType<Resource extends GraphResource>(
  { resources }: ProgramGraph<Resource>,
  ...types: readonly string[]
): readonly Resource[] {
  return resources.filter(({ type }) => types.includes(type));
}

/** The resource of a type with a logical name, or the one that a reference points at; `undefined`: there is none. */
export function resourceOf<Resource extends GraphResource>(
  { resources }: ProgramGraph<Resource>,
  { type, name }: Pick<Reference, 'type' | 'name'>,
): Resource | undefined {
  return resources.find((resource) => resource.type === type && resource.name === name);
}

/** All references in a value, however deep, those inside of JSON texts too, in their order. */
export function referencesIn(value: unknown): readonly Reference[] {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return [...text.matchAll(referencePattern)].map(([, type = '', name = '', property = '']) => ({
    type,
    name,
    property,
  }));
}

export function isReferenceTo({ type, name }: GraphResource): (reference: Reference) => boolean {
  return (reference) => reference.type === type && reference.name === name;
}

/** Replaces each reference in a text; `whole` is the reference as it stands there. */
export function replaceReferences(text: string, replace: (reference: Reference, whole: string) => string): string {
  return text.replaceAll(referencePattern, (whole, type: string, name: string, property: string) =>
    replace({ type, name, property }, whole),
  );
}

/** The fields of an input that is an object; none of another one. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** The containers of a task definition, essential or not; none of another resource. */
export function containersOf({ type, inputs }: GraphResource): readonly Readonly<Record<string, unknown>>[] {
  if (type !== 'aws:ecs/taskDefinition:TaskDefinition') return [];
  const definitions: unknown = JSON.parse(String(inputs['containerDefinitions']));
  return Array.isArray(definitions) ? definitions.map(fieldsOf) : [];
}

/** How many Availability Zones a VPC of awsx spans, from its inputs. */
export function zonesOf({ availabilityZoneNames }: GraphResource['inputs']): number {
  return Array.isArray(availabilityZoneNames) ? availabilityZoneNames.length : 0;
}
