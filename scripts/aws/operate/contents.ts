import type { StackState } from '../../pulumi/stack-export.ts';

/** The resources of AWS that the stack's state has: what `down` deletes. */
export function contentsOf({ resources }: StackState): readonly string[] {
  return resources
    .filter(({ type }) => type.startsWith('aws:'))
    .map(({ type, urn }) => `${type.split(':').at(-1)} ${urn.split('::').at(-1)}`)
    .toSorted();
}
