import type { Timelines } from '../../infra/contract/timeline.ts';
import type { RecordedResource } from '../../infra/graph/record.ts';
import type { Release } from '../../infra/release/release.ts';
import type { ExistingResource } from '../../infra/settings/existing.ts';
import type { CostChange } from '../cost/difference.ts';
import type { Known } from '../release/known.ts';
import type { ForeseenRollback } from '../release/rollback-outlook.ts';

export type PreviewRelease = Pick<Release, 'version' | 'commit' | 'migrations'> & {
  /** The settings name the release, and nothing is built. */
  readonly pinned: boolean;
};

export interface PreviewComponent {
  readonly name: string;
  readonly resources: readonly { readonly type: string; readonly name: string }[];
}

export interface PreviewDocument {
  readonly release: PreviewRelease;
  readonly counts: { readonly resources: number; readonly components: number };
  /** In the order in which the program creates them. */
  readonly components: readonly PreviewComponent[];
  readonly contract: {
    readonly numbers: object;
    readonly checks: readonly { readonly id: string; readonly rule: string; readonly found: string }[];
  };
  /** What the environment uses and the stack neither creates nor deletes. */
  readonly existing: readonly Pick<ExistingResource, 'key' | 'what' | 'id' | 'notOurs'>[];
  /** What this target does not realise. */
  readonly unrealised: readonly string[];
  /** How long a rollout and a rollback take: here, and on AWS where that is elsewhere. */
  readonly timelines: { readonly here: Timelines; readonly aws?: Timelines };
  /** Whether there is a rollback afterwards; absent where nothing ever ran. */
  readonly rollback?: ForeseenRollback;
  /** Secrets that a person has to set before `up`. */
  readonly missingSecrets: readonly string[];
  /** Monthly cost, in words: without prices, that it is not known. */
  readonly cost: string;
  /** What this change adds to it; absent: no prices were given. */
  readonly costChange?: Known<CostChange>;
  /** What would change on the platform; absent if it was not asked. */
  readonly changes?: readonly string[];
}

/** Resources by their top-level component; those outside any component by their own name. */
export function groupByComponent(resources: readonly RecordedResource[]): readonly PreviewComponent[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const groups = new Map<string, { type: string; name: string }[]>();
  for (const resource of resources) {
    const remote = !resource.custom && !resource.type.startsWith('stack:') && resource.parent !== undefined;
    if (!resource.custom && !remote) continue;
    const component = topComponent(resource, byUrn);
    const group = groups.get(component) ?? [];
    group.push({ type: shortType(resource.type), name: resource.name });
    groups.set(component, group);
  }
  return [...groups].map(([name, members]) => ({ name, resources: members }));
}

function topComponent(resource: RecordedResource, byUrn: ReadonlyMap<string, RecordedResource>): string {
  const parent = resource.parent === undefined ? undefined : byUrn.get(resource.parent);
  if (parent === undefined) return resource.name;
  return parent.parent === undefined ? resource.name : topComponent(parent, byUrn);
}

/** `ecs Service` for `aws:ecs/service:Service`, `awsx ec2 Vpc` for `awsx:ec2:Vpc`. */
export function shortType(type: string): string {
  const [provider = '', module = '', name = ''] = type.split(':');
  const service = module.split('/')[0] ?? '';
  if (provider === 'aws') return `${service} ${name}`;
  if (provider === 'docker') return `docker ${name}`;
  if (provider === 'pulumi-nodejs') return `program's own ${name}`;
  return `${provider} ${service} ${name}`;
}
