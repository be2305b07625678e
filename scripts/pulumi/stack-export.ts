import { z } from 'zod';

/** What the engine was doing to a resource when the CLI was killed; whether it happened is unknown. */
interface PendingOperation {
  readonly urn: string;
  readonly type: string;
}

const resource = z.object({
  urn: z.string(),
  type: z.string(),
  protect: z.boolean().default(false),
  outputs: z.record(z.string(), z.unknown()).default({}),
});

/** A resource in the state. Secret outputs are ciphertext. */
export type StateResource = z.output<typeof resource>;

export interface StackState {
  readonly resources: readonly StateResource[];
  readonly pendingOperations: readonly PendingOperation[];
}

const exported = z.object({
  resources: z.array(resource).default([]),
  pending_operations: z
    .array(z.object({ resource: z.object({ urn: z.string() }), type: z.string() }))
    .optional()
    .transform((operations) => (operations ?? []).map(({ resource, type }) => ({ urn: resource.urn, type }))),
});

/** Parses `pulumi stack export`; a stack without any update has no deployment. */
export function parseExport(text: string): StackState {
  const { deployment } = z.object({ deployment: z.unknown() }).parse(JSON.parse(text));
  const { resources, pending_operations: pendingOperations } = exported.parse(deployment ?? {});
  return { resources, pendingOperations };
}
