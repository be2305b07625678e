import * as pulumi from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { parseSettings } from '../settings/parse.ts';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';
import { firstZones, readAvailabilityZones } from './availability-zones.ts';

describe('the network', () => {
  it('has public, private and isolated subnets in each zone', async () => {
    const { inputs } = find(await graphOf('staging', { availabilityZones: '3' }), 'awsx:ec2:Vpc', 'network');

    expect(inputs).toMatchObject({
      cidrBlock: '10.10.0.0/16',
      availabilityZoneNames: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
      enableDnsHostnames: true,
      subnetStrategy: 'Auto',
      subnetSpecs: [
        { type: 'Public', name: 'public', cidrMask: 22 },
        { type: 'Private', name: 'private', cidrMask: 20 },
        { type: 'Isolated', name: 'isolated', cidrMask: 24 },
      ],
    });
  });

  it.each([
    ['single', 'Single'],
    ['per-zone', 'OnePerAz'],
  ])('with natGateways %s has %s', async (natGateways, strategy) => {
    const { inputs } = find(await graphOf('staging', { natGateways }), 'awsx:ec2:Vpc', 'network');

    expect(inputs['natGateways']).toEqual({ strategy });
  });

  it.each([
    ['none', []],
    ['s3', ['network-s3']],
    ['all', ['network-ecr-api', 'network-ecr-dkr', 'network-logs', 'network-s3', 'network-secretsmanager']],
  ])('with vpcEndpoints %s reaches AWS by %j', async (vpcEndpoints, expected) => {
    const endpoints = ofType(await graphOf('staging', { vpcEndpoints }), 'aws:ec2/vpcEndpoint:VpcEndpoint');

    expect(endpoints.map(({ name }) => name).toSorted()).toEqual(expected);
  });

  it('has S3 in the routes of all subnets', async () => {
    const { inputs } = find(await graphOf(), 'aws:ec2/vpcEndpoint:VpcEndpoint', 'network-s3');

    expect(inputs).toMatchObject({ vpcEndpointType: 'Gateway', serviceName: 'com.amazonaws.eu-central-1.s3' });
    expect(inputs['routeTableIds']).toHaveLength(6);
  });

  it('lets the VPC alone use the endpoints', async () => {
    const graph = await graphOf('staging', { vpcEndpoints: 'all' });
    const type = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule';

    expect(find(graph, type, 'network-endpoints').inputs).toMatchObject({
      cidrIpv4: '10.10.0.0/16',
      fromPort: 443,
      toPort: 443,
    });
  });

  it.each([
    ['off', []],
    ['rejected', ['REJECT']],
    ['all', ['ALL']],
  ])('with flowLogs %s logs %j', async (flowLogs, expected) => {
    const logs = ofType(await graphOf('staging', { flowLogs }), 'aws:ec2/flowLog:FlowLog');

    expect(logs.map(({ inputs }) => inputs['trafficType'])).toEqual(expected);
  });

  it('empties the group that AWS gives to what names none', async () => {
    const { inputs } = find(await graphOf(), 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup', 'network-default');

    expect(inputs['vpcId']).toBe('@{awsx:ec2:Vpc::network::vpcId}');
    expect(inputs).not.toHaveProperty('ingress');
    expect(inputs).not.toHaveProperty('egress');
  });

  it('gives the tasks a private subnet in each zone', async () => {
    const { inputs } = find(await graphOf('staging', { availabilityZones: '3' }), 'aws:ecs/service:Service', 'api');

    expect(inputs['networkConfiguration']).toMatchObject({
      subnets: [
        '@{awsx:ec2:Vpc::network::privateSubnetIds[0]}',
        '@{awsx:ec2:Vpc::network::privateSubnetIds[1]}',
        '@{awsx:ec2:Vpc::network::privateSubnetIds[2]}',
      ],
    });
  });
});

describe('the Availability Zones', () => {
  it('exclude zones that an account has to opt in to', async () => {
    const settings = parseSettings({ 'aws:region': 'us-west-2' }, 'staging');
    const asked: pulumi.runtime.MockCallArgs[] = [];
    await pulumi.runtime.setMocks({
      newResource: () => ({ id: undefined, state: {} }),
      call: (call) => {
        asked.push(call);
        return { names: ['us-west-2a', 'us-west-2b', 'us-west-2c', 'us-west-2d'] };
      },
    });

    expect(await readAvailabilityZones(settings)).toEqual(['us-west-2a', 'us-west-2b']);
    expect(asked).toMatchObject([
      {
        token: 'aws:index/getAvailabilityZones:getAvailabilityZones',
        inputs: {
          region: 'us-west-2',
          state: 'available',
          filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
        },
      },
    ]);
  });

  it('must be as many as the setting', () => {
    expect(() => firstZones(['us-west-1a', 'us-west-1c'], 'us-west-1', 3)).toThrow(
      'availabilityZones is 3, but this account can use 2 Availability Zones of us-west-1 (us-west-1a, us-west-1c). Lower availabilityZones, or choose another region.',
    );
  });
});
