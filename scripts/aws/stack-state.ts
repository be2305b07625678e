import { z } from 'zod';
import type { Release } from '../../infra/release/release.ts';
import type { StackState, StateResource } from '../pulumi/stack-export.ts';
import type { AskedService } from './rollout.ts';

const release = z.object({
  version: z.string(),
  image: z.string(),
  digest: z.string(),
  commit: z.string(),
  migrations: z.array(z.object({ name: z.string(), kind: z.enum(['expand', 'contract', 'unknown']) })),
}) satisfies z.ZodType<Release>;

/** Outputs of the program that the CLI relies on. */
const outputs = z.object({
  url: z.string(),
  repository: z.string(),
  release,
  // Null if nothing is pinned: an undefined output would be a warning in every update.
  pin: release.nullish().transform((pinned) => pinned ?? undefined),
  // A program from before has no such output.
  bakesSkipped: z.boolean().default(false),
});

export type StackOutputs = z.output<typeof outputs>;

/** Outputs of the last successful update; `undefined` before the first one. */
export function outputsOf({ resources }: StackState): StackOutputs | undefined {
  const stack = resources.find(({ type }) => type === 'pulumi:pulumi:Stack');
  return stack?.outputs['release'] === undefined ? undefined : parseOutputs(stack.outputs);
}

export function parseOutputs(values: Readonly<Record<string, unknown>>): StackOutputs {
  return outputs.parse(values);
}

/** The image that the engine built last, by digest: `…@sha256:…`. */
export function builtImage({ resources }: StackState): string | undefined {
  const built = resources.find(({ type }) => type === 'docker:index/image:Image')?.outputs['repoDigest'];
  return typeof built === 'string' ? built : undefined;
}

/** The address of the environment's registry. There before the first update has worked, unlike its outputs. */
export function repositoryIn({ resources }: StackState): string | undefined {
  const made = resources.find(({ type }) => type === 'aws:ecr/repository:Repository')?.outputs['repositoryUrl'];
  return typeof made === 'string' ? made : undefined;
}

/** The services as the engine deployed them. */
export function askedServices({ resources }: StackState): readonly AskedService[] {
  return resources.filter(({ type }) => type === 'aws:ecs/service:Service').flatMap(askedService);
}

function askedService({ outputs: { name, cluster, taskDefinition } }: StateResource): readonly AskedService[] {
  if (typeof name !== 'string' || typeof cluster !== 'string' || typeof taskDefinition !== 'string') return [];
  return [{ name, cluster, taskDefinition }];
}
