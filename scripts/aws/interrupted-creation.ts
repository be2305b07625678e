import type { Adoption } from '../pulumi/adoption.ts';

/** What became of a resource that the engine was creating when it was killed. */
export type InterruptedCreation = {
  /** `component › type name`, in the program's terms. */
  readonly subject: string;
  readonly urn: string;
} & (
  | { readonly outcome: 'created'; readonly adoption: Adoption; readonly ready: boolean; readonly called: string }
  | { readonly outcome: 'not created' }
  /** Creating it again makes nothing new. */
  | { readonly outcome: 'repeatable' }
  /** AWS cannot be asked for it: it may exist, and a second one is made. */
  | { readonly outcome: 'unknown' }
);

export function adoptionsOf(creations: readonly InterruptedCreation[]): readonly Adoption[] {
  return creations.flatMap((creation) => (creation.outcome === 'created' ? [creation.adoption] : []));
}
