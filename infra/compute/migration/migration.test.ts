import { describe, expect, it } from 'vitest';
import { containerOf, find } from '../../testing/find.ts';
import { graphOf } from '../../testing/graph-of.ts';

const type = 'pulumi-nodejs:dynamic/stack:MigrationRun';

describe('the migration', () => {
  it('is a task of the release’s own image', async () => {
    const graph = await graphOf();

    expect(find(graph, type, 'migrate').inputs).toEqual({
      region: 'eu-central-1',
      cluster: '@{aws:ecs/cluster:Cluster::cluster::arn}',
      taskDefinition: '@{aws:ecs/taskDefinition:TaskDefinition::migrate::arn}',
      subnets: ['@{awsx:ec2:Vpc::network::privateSubnetIds[0]}', '@{awsx:ec2:Vpc::network::privateSubnetIds[1]}'],
      securityGroups: ['@{aws:ec2/securityGroup:SecurityGroup::migrate::id}'],
      containerName: 'migrate',
      logGroup: '/ecs/nest-fargate-staging-migrate',
      timeoutSeconds: 900,
      image: '@{docker:index/image:Image::image::repoDigest}',
      appLogin: 'password',
      database: '@{aws:rds/instance:Instance::database::resourceId}',
    });
    expect(containerOf(graph, 'migrate')).toMatchObject({ name: 'migrate', command: ['node', 'dist/migrate.js'] });
  });

  it('has run before any service gets the release', async () => {
    const graph = await graphOf();

    expect(find(graph, 'aws:ecs/service:Service', 'api').dependencies).toContain(find(graph, type, 'migrate').urn);
  });

  it('starts when its task can reach what it needs', async () => {
    const graph = await graphOf();
    const { dependencies } = find(graph, type, 'migrate');

    for (const [needed, name] of [
      ['aws:iam/rolePolicy:RolePolicy', 'migrate-execution'],
      ['aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'migrate-to-database-in'],
      ['aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule', 'migrate-to-database-out'],
      ['aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule', 'migrate-to-aws'],
    ] as const) {
      expect(dependencies).toContain(find(graph, needed, name).urn);
    }
  });

  it('may take as long as the setting says', async () => {
    const { inputs } = find(await graphOf('staging', { migrationTimeoutSeconds: '3600' }), type, 'migrate');

    expect(inputs['timeoutSeconds']).toBe(3600);
  });
});
