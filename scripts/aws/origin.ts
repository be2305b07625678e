import { DescribeClustersCommand } from '@aws-sdk/client-ecs';
import { expiringPrefix } from '../../infra/settings/environment-name.ts';
import type { StackState } from '../pulumi/stack-export.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';
import type { Origin } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';

const tag = 'MadeFrom';

/**
 * How an environment was made, by the tag of its cluster. Where it has none of its own, because a first `up` failed early or
 * it runs in one that exists, by the tags of what Pulumi's state says was created.
 */
export async function readOrigin(
  { ecs }: Pick<AwsClients, 'ecs'>,
  { cluster: name, sharesCluster }: Pick<AwsNames, 'cluster' | 'sharesCluster'>,
  state: () => Promise<StackState | undefined>,
): Promise<Origin> {
  const { clusters = [] } = await talkToAws(() =>
    ecs.send(new DescribeClustersCommand({ clusters: [name], include: ['TAGS'] })),
  );
  const cluster = clusters.find(({ status }) => status === 'ACTIVE');
  if (cluster !== undefined && !sharesCluster) {
    const from = cluster.tags?.find(({ key }) => key === tag)?.value;
    return originOf(`the cluster ${name}`, from);
  }
  const created = (await state())?.resources.filter(({ type }) => type.startsWith('aws:')) ?? [];
  if (created.length === 0) return { state: 'absent' };
  const origins = new Set(created.flatMap(({ outputs }) => tagIn(outputs['tags']) ?? []));
  return originOf("Pulumi's state", origins.size === 1 ? [...origins][0] : undefined);
}

/** What the backend has stacks of. */
export async function listExpiringNames(workspace: Pick<PulumiWorkspace, 'stacks'>): Promise<readonly string[]> {
  return (await workspace.stacks()).filter((name) => name.startsWith(expiringPrefix));
}

function originOf(what: string, from: string | undefined): Origin {
  return from === undefined ? { state: 'lasting', what } : { state: 'expiring', what, from };
}

function tagIn(tags: unknown): string | undefined {
  if (typeof tags !== 'object' || tags === null || !(tag in tags)) return undefined;
  const value: unknown = tags[tag];
  return typeof value === 'string' ? value : undefined;
}
