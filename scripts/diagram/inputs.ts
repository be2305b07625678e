import { type GraphResource, type ProgramGraph, referencesIn, resourceOf } from '../../infra/graph/query.ts';

export type SubnetKind = 'public' | 'private' | 'isolated';

export const subnetKinds: readonly SubnetKind[] = ['public', 'private', 'isolated'];

/** In which subnets a resource is: named by itself, or by the subnet group that it is in. */
export function subnetKindOf(graph: ProgramGraph, resource: GraphResource): SubnetKind | undefined {
  for (const reference of referencesIn(resource.inputs)) {
    const kind = subnetKinds.find((candidate) => reference.property.startsWith(`${candidate}SubnetIds`));
    if (kind !== undefined) return kind;
    if (!/SubnetGroup$/.test(reference.type)) continue;
    const group = resourceOf(graph, reference);
    const inherited = group === undefined ? undefined : subnetKindOf(graph, group);
    if (inherited !== undefined) return inherited;
  }
  return undefined;
}

/** Text of an input; empty when there is none. */
export function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
