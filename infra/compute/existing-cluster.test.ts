import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { parseSettings } from '../settings/parse.ts';
import { withAnswers } from '../testing/answers.ts';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';
import { checkExistingCluster } from './existing-cluster.ts';

const arn = 'arn:aws:ecs:eu-central-1:123456789012:cluster/shared';
const config = { existingClusterArn: arn };

describe('in an existing cluster', () => {
  it('creates none, and changes nothing of it', async () => {
    expect(
      (await graphOf('staging', config)).resources.filter(({ type }) => type.startsWith('aws:ecs/cluster')),
    ).toEqual([]);
  });

  it('runs services and migrations there, and scales and watches them there', async () => {
    const graph = await graphOf('staging', config);

    for (const { inputs } of ofType(graph, 'aws:ecs/service:Service')) expect(inputs['cluster']).toBe(arn);
    expect(find(graph, 'pulumi-nodejs:dynamic/stack:MigrationRun', 'migrate').inputs['cluster']).toBe(arn);
    expect(find(graph, 'aws:appautoscaling/target:Target', 'api').inputs['resourceId']).toMatch(/^service\/shared\//);
    expect(find(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm', 'api-cpu').inputs['dimensions']).toMatchObject({
      ClusterName: 'shared',
    });
    expect(graph.outputs['cluster']).toBe('shared');
  });

  it('lets tasks of the account alone assume the roles of tasks', async () => {
    const { inputs } = find(await graphOf('staging', config), 'aws:iam/role:Role', 'api-task');

    expect(String(inputs['assumeRolePolicy'])).toContain('"aws:SourceArn":"arn:aws:ecs:eu-central-1:123456789012:*"');
  });
});

describe('what AWS says of an existing cluster', () => {
  const settings = parseSettings({ 'aws:region': 'eu-central-1', ...config }, 'staging');
  const check = (answer: object) => withAnswers({ getCluster: () => answer }, () => checkExistingCluster(settings));
  const insights = (value: string) => [{ name: 'containerInsights', value }];

  it('is no problem where it fits', async () => {
    await expect(
      check({ arn, status: 'ACTIVE', settings: insights(settings.observability.containerInsights) }),
    ).resolves.toBeUndefined();
  });

  it('is told with everything that does not', async () => {
    const other = arn.replace('123456789012', '210987654321');

    const refused = check({ arn: other, status: 'INACTIVE', settings: insights('enhanced') });

    await expect(refused).rejects.toThrow(/^2 settings of staging are invalid:\n/);
    await expect(refused).rejects.toThrow(`and the cluster of that name is ${other}\n`);
    await expect(refused).rejects.toThrow('which is INACTIVE\n');
    await expect(refused).rejects.toThrow(
      [
        'containerInsights is "enabled", and "enhanced" on the existing cluster',
        '    It must be what the existing cluster has: alarms count tasks by it.',
        '    pulumi config set containerInsights enhanced --stack staging',
      ].join('\n'),
    );
  });
});
