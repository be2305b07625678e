import type { Graph, RecordedResource } from '../../infra/graph/record.ts';

/** Reads what resources say of each other in their inputs: `@{<type>::<name>::<property>}`. */
export interface Reference {
  readonly type: string;
  readonly name: string;
  readonly property: string;
}

const referencePattern = /@\{(?<type>[^{}]+?)::(?<name>[^{}]+?)::(?<property>[^{}]+?)\}/g;

/** All references in a value, however deep, those inside of JSON texts too. */
export function referencesIn(value: unknown): readonly Reference[] {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return [...text.matchAll(referencePattern)].flatMap(({ groups }) => {
    const { type, name, property } = groups ?? {};
    return type === undefined || name === undefined || property === undefined ? [] : [{ type, name, property }];
  });
}

export function isReferenceTo({ type, name }: RecordedResource): (reference: Reference) => boolean {
  return (reference) => reference.type === type && reference.name === name;
}

/** The resources of the given types, in the order of the graph. */
export function ofTypes({ resources }: Graph, ...types: readonly string[]): readonly RecordedResource[] {
  return resources.filter(({ type }) => types.includes(type));
}

export type SubnetKind = 'public' | 'private' | 'isolated';

export const subnetKinds: readonly SubnetKind[] = ['public', 'private', 'isolated'];

/** In which subnets a resource is: named by itself, or by the subnet group that it is in. */
export function subnetKindOf(graph: Graph, resource: RecordedResource): SubnetKind | undefined {
  for (const { type, name, property } of referencesIn(resource.inputs)) {
    const kind = subnetKinds.find((candidate) => property.startsWith(`${candidate}SubnetIds`));
    if (kind !== undefined) return kind;
    if (!/SubnetGroup$/.test(type)) continue;
    const group = graph.resources.find((other) => other.type === type && other.name === name);
    const inherited = group === undefined ? undefined : subnetKindOf(graph, group);
    if (inherited !== undefined) return inherited;
  }
  return undefined;
}

/** Text of an input; empty when there is none. */
export function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** An input that is an object, or an empty one. */
export function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
