import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { parseSettings } from '../settings/parse.ts';
import { withAnswers } from '../testing/answers.ts';
import { existingVpc } from '../testing/existing.ts';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';
import { checkExistingVpc, subnetProblems } from './existing-vpc.ts';

const own = { vpcCidr: '10.0.0.0/16', natGateways: 'single' };
const settings = parseSettings({ 'aws:region': 'eu-central-1', ...existingVpc }, 'staging');

describe('in an existing VPC', () => {
  const graph = () => graphOf('prod', { ...own, ...existingVpc });

  it('creates no network, and only security groups in it', async () => {
    const { resources } = await graph();
    const types = new Set(resources.map(({ type }) => type).filter((type) => /^awsx?:(ec2|vpc)[:/]/.test(type)));

    expect([...types].toSorted()).toEqual([
      'aws:ec2/securityGroup:SecurityGroup',
      'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule',
      'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
    ]);
    for (const group of ofType(await graph(), 'aws:ec2/securityGroup:SecurityGroup')) {
      expect(group.inputs['vpcId']).toBe('vpc-0a1b2c3d');
    }
  });

  it('puts everything into the subnets that the settings name', async () => {
    const made = await graph();

    expect(find(made, 'aws:lb/loadBalancer:LoadBalancer', 'edge').inputs['subnets']).toEqual([
      'subnet-a0000000',
      'subnet-a1111111',
    ]);
    expect(find(made, 'aws:ecs/service:Service', 'api').inputs['networkConfiguration']).toMatchObject({
      subnets: ['subnet-b0000000', 'subnet-b1111111'],
    });
    for (const type of ['aws:rds/subnetGroup:SubnetGroup', 'aws:elasticache/subnetGroup:SubnetGroup']) {
      expect(ofType(made, type).map(({ inputs }) => inputs['subnetIds'])).toEqual([
        ['subnet-c0000000', 'subnet-c1111111'],
      ]);
    }
  });

  it('names the final snapshot by what is new in each incarnation of the environment', async () => {
    expect(find(await graph(), 'aws:rds/instance:Instance', 'database').inputs['finalSnapshotIdentifier']).toBe(
      'nest-fargate-prod-final-@{aws:ec2/securityGroup:SecurityGroup::database::id}',
    );
  });
});

interface Answers {
  readonly vpc?: object;
  readonly subnet?: (id: string) => object;
}

/** An account that answers like that. */
function check({ vpc = {}, subnet = () => ({}) }: Answers): Promise<void> {
  const answers = { getVpc: () => vpc, getSubnet: ({ id }: { id?: unknown }) => subnet(String(id)) };
  return withAnswers(answers, () => checkExistingVpc(settings));
}

const zoneOf = (id: string) => `eu-central-1${id.endsWith('0') ? 'a' : 'b'}`;
const right = (id: string) => ({ vpcId: 'vpc-0a1b2c3d', availabilityZone: zoneOf(id) });

describe('what AWS says of an existing VPC', () => {
  it('is no problem where it fits', async () => {
    await expect(
      check({ vpc: { enableDnsSupport: true, enableDnsHostnames: true }, subnet: right }),
    ).resolves.toBeUndefined();
  });

  it('is told with everything that does not', async () => {
    const elsewhere = { vpcId: 'vpc-99999999', availabilityZone: 'eu-central-1a' };
    const subnet = (id: string) => (id === 'subnet-b1111111' ? elsewhere : right(id));

    await expect(check({ vpc: { enableDnsSupport: true, enableDnsHostnames: false }, subnet })).rejects.toThrow(
      [
        '2 settings of staging are invalid:',
        '  existingVpcId is "vpc-0a1b2c3d", which has no DNS hostnames',
        '    It must be a VPC with DNS resolution and DNS hostnames: tasks find the database and AWS by name.',
        '    Turn them on: aws ec2 modify-vpc-attribute --vpc-id vpc-0a1b2c3d --enable-dns-hostnames',
        '  existingPrivateSubnetIds has subnet-b1111111, which is in vpc-99999999',
      ].join('\n'),
    );
  });

  it('must be subnets of more than one zone', () => {
    const found = ['subnet-a0000000', 'subnet-a1111111'].map((id) => ({
      id,
      vpcId: 'vpc-0a1b2c3d',
      availabilityZone: 'eu-central-1a',
    }));

    expect(subnetProblems({ id: 'vpc-0a1b2c3d' }, 'existingPublicSubnetIds', found)).toMatchObject([
      { keys: ['existingPublicSubnetIds'], found: 'has subnets of eu-central-1a only' },
    ]);
  });
});
