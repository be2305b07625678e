import { expect, test } from 'vitest';
import type { RecordedResource } from '../../../infra/graph/record.ts';
import { graphOf } from '../../../infra/testing/graph-of.ts';
import { lookups, repeatable } from './table.ts';

const everything = {
  encryption: 'customer-managed',
  domainName: 'api.example.com',
  hostedZoneId: 'Z0123456789ABCDEFGHIJ',
  databaseProxy: 'true',
  databaseInstanceClass: 'db.t4g.medium',
  ecsExec: 'true',
  flowLogs: 'all',
  vpcEndpoints: 'all',
  firewall: 'block',
  deploymentStrategy: 'canary',
  containerInsights: 'enabled',
  githubRepository: 'example/api',
  stateBucket: 'example-state',
  alarmEmail: 'ops@example.com',
  alarmSlackTeamId: 'T07EA123LEP',
  alarmSlackChannelId: 'C07EZ1ABC23',
  syntheticCheck: 'true',
};

/** A name that follows from the settings: the next update would give it to another resource of the same type. */
function fixedName({ inputs }: RecordedResource): string | undefined {
  const keys = ['name', 'identifier', 'replicationGroupId', 'configurationName', 'dashboardName', 'family', 'url'];
  const values = keys.map((key) => inputs[key]).filter((value) => typeof value === 'string');
  return values.find((value) => !value.includes('@{'));
}

/** AWS has no call that finds it by its name alone; it is named to the user instead. */
const notLookedUp: ReadonlySet<string> = new Set([
  'aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration',
  'aws:cloudwatch/queryDefinition:QueryDefinition',
]);

test('what has a fixed name can be looked up, or created again without harm', async () => {
  const scheduled = await graphOf('staging', { appDirectory: 'scripts/testing/several-processes-app' });
  const graphs = [await graphOf('prod', everything), await graphOf('staging', {}), scheduled];
  const named = graphs.flatMap(({ resources }) =>
    resources.filter((resource) => resource.custom && fixedName(resource) !== undefined),
  );
  const types = [...new Set(named.map(({ type }) => type))];
  expect(types.length).toBeGreaterThan(15);
  expect(types.filter((type) => !(type in lookups) && !repeatable.has(type) && !notLookedUp.has(type))).toEqual([]);
});

test('the inputs of the program name what is looked up', async () => {
  const scheduled = await graphOf('staging', { appDirectory: 'scripts/testing/several-processes-app' });
  const resources = [...(await graphOf('prod', everything)).resources, ...scheduled.resources];
  const looked = resources.filter(({ type }) => type in lookups);
  for (const { type, name, inputs } of looked) {
    const autoNamed = ['SecurityGroup', 'SubnetGroup', 'ParameterGroup', 'TargetGroup', 'RolePolicy'];
    // Pulumi adds a name to these before it sends them to the provider.
    if (autoNamed.some((kind) => type.endsWith(`:${kind}`))) continue;
    expect(lookups[type]?.nameOf(inputs), `${type} ${name}`).toEqual(expect.any(String));
  }
});

test('no type is in both', () => {
  expect(Object.keys(lookups).filter((type) => repeatable.has(type))).toEqual([]);
});
