import { z } from 'zod';

/** What the engine was doing to a resource when the CLI was killed; whether it happened is unknown. */
export interface PendingOperation {
  readonly urn: string;
  /** `creating`, `updating`, `deleting`, `reading`, `importing`. */
  readonly type: string;
  readonly resourceType: string;
  readonly parent?: string;
  /** As the engine sent them to the provider. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

const resource = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  protect: z.boolean().default(false),
  parent: z.string().optional(),
  outputs: z.record(z.string(), z.unknown()).default({}),
});

/** A resource in the state. Secret outputs are ciphertext. */
export type StateResource = z.output<typeof resource>;

export interface StackState {
  readonly resources: readonly StateResource[];
  readonly pendingOperations: readonly PendingOperation[];
}

const pending = z
  .object({
    resource: z.object({
      urn: z.string(),
      type: z.string().default(''),
      parent: z.string().optional(),
      inputs: z.record(z.string(), z.unknown()).default({}),
    }),
    type: z.string(),
  })
  .transform(
    ({ resource: { urn, type: resourceType, parent, inputs }, type }): PendingOperation => ({
      urn,
      type,
      resourceType,
      inputs,
      ...(parent === undefined ? {} : { parent }),
    }),
  );

const exported = z.object({
  resources: z.array(resource).default([]),
  pending_operations: z.array(pending).default([]),
});

/** Parses `pulumi stack export`; a stack without any update has no deployment. */
export function parseExport(text: string): StackState {
  const { deployment } = z.object({ deployment: z.unknown() }).parse(JSON.parse(text));
  const { resources, pending_operations: pendingOperations } = exported.parse(deployment ?? {});
  return { resources, pendingOperations };
}

const editable = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(
      z.looseObject({ urn: z.string(), type: z.string(), id: z.string().optional(), delete: z.boolean().optional() }),
    ),
  }),
});

/**
 * The same export, with another id of the one resource of a type. Everything else stays as it was, secrets as ciphertext.
 *
 * Throws where there is none or are several of it: whichever was meant cannot be told.
 */
export function withOtherId(text: string, type: string, id: string): { readonly text: string; readonly urn: string } {
  const parsed = editable.parse(JSON.parse(text));
  const [resource, ...others] = parsed.deployment.resources.filter(
    (one) => one.type === type && one.id !== undefined && one.delete !== true,
  );
  if (resource === undefined || others.length > 0) {
    throw new Error(`The state has ${resource === undefined ? 'no' : `${others.length + 1} times a`} ${type}.`);
  }
  resource.id = id;
  return { text: JSON.stringify(parsed), urn: resource.urn };
}
