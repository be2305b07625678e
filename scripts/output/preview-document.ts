import type { RecordedResource } from '../../infra/graph/record.ts';
import type { Release } from '../../infra/release/release.ts';

export type PreviewRelease = Pick<Release, 'version' | 'commit' | 'migrations'> & {
  /** True: the settings name it, and nothing is built. */
  readonly pinned: boolean;
};

export interface PreviewComponent {
  readonly name: string;
  readonly resources: readonly { readonly type: string; readonly name: string }[];
}

export interface PreviewDocument {
  readonly release: PreviewRelease;
  readonly counts: { readonly resources: number; readonly components: number };
  /** In the order of the program's table of contents, as far as names tell. */
  readonly components: readonly PreviewComponent[];
  readonly contract: {
    readonly numbers: object;
    readonly checks: readonly { readonly id: string; readonly rule: string; readonly found: string }[];
  };
  /** What the target does not realise. */
  readonly unrealised: readonly string[];
  /** What it would cost a month by dated list prices, in words. */
  readonly cost: string;
  /** What would change on the platform; absent where it is not asked. */
  readonly changes?: readonly string[];
}

/** Resources under the component of the first level that they belong to; those outside of one under the stack. */
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

/** `aws:ecs/service:Service` is known as `ecs Service`, `awsx:ec2:Vpc` as `awsx ec2 Vpc`. */
export function shortType(type: string): string {
  const [provider = '', module = '', name = ''] = type.split(':');
  const service = module.split('/')[0] ?? '';
  if (provider === 'aws') return `${service} ${name}`;
  if (provider === 'docker') return `docker ${name}`;
  if (provider === 'pulumi-nodejs') return `program's own ${name}`;
  return `${provider} ${service} ${name}`;
}
