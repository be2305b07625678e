import { getCluster } from '@pulumi/aws/ecs/getCluster.js';
import { type SettingProblem, SettingsError } from '../settings/problems.ts';
import type { ExistingCluster, Settings } from '../settings/settings.ts';

/** What AWS says of a cluster. Without an engine nobody is asked, and nothing is known. */
interface FoundCluster {
  readonly arn?: string;
  readonly status?: string;
  readonly settings?: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Compares an existing cluster with what the settings state of it, before anything is registered. Asks AWS where an engine
 * runs the program.
 *
 * @throws SettingsError that lists every difference
 */
export async function checkExistingCluster(settings: Settings): Promise<void> {
  const { environment, region, existing } = settings;
  if (existing.cluster === undefined) return;
  const found: FoundCluster = await getCluster({ clusterName: existing.cluster.name, region });
  const problems = clusterProblems(existing.cluster, settings, found);
  if (problems.length > 0) throw new SettingsError(environment, problems);
}

function clusterProblems(
  { arn }: ExistingCluster,
  { environment, observability }: Settings,
  found: FoundCluster,
): readonly SettingProblem[] {
  const stated = observability.containerInsights;
  const insights = found.settings?.find(({ name }) => name === 'containerInsights')?.value;
  return [
    ...(found.arn !== undefined && found.arn !== arn
      ? [
          {
            keys: ['existingClusterArn'],
            found: `is ${JSON.stringify(arn)}, and the cluster of that name is ${found.arn}`,
            rule: 'a cluster in the account of the environment',
            remedy: `pulumi config set existingClusterArn ${found.arn} --stack ${environment}`,
          },
        ]
      : []),
    ...(found.status !== undefined && found.status !== 'ACTIVE'
      ? [
          {
            keys: ['existingClusterArn'],
            found: `is ${JSON.stringify(arn)}, which is ${found.status}`,
            rule: 'an active cluster',
            remedy: 'List them: aws ecs list-clusters',
          },
        ]
      : []),
    ...(insights !== undefined && insights !== stated
      ? [
          {
            keys: ['containerInsights'],
            found: `is ${JSON.stringify(stated)}, and ${JSON.stringify(insights)} on the existing cluster`,
            rule: 'what the existing cluster has: alarms count tasks by it',
            remedy: `pulumi config set containerInsights ${insights} --stack ${environment}`,
          },
        ]
      : []),
  ];
}
