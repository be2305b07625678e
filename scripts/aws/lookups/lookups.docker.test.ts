import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
} from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, CreateServiceCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  CreateCacheParameterGroupCommand,
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
} from '@aws-sdk/client-elasticache';
import {
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import {
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  CreateDBProxyCommand,
  CreateDBSubnetGroupCommand,
  RegisterDBProxyTargetsCommand,
} from '@aws-sdk/client-rds';
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand } from '@aws-sdk/client-route-53';
import { CreateScheduleCommand, CreateScheduleGroupCommand } from '@aws-sdk/client-scheduler';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { CreateWebACLCommand } from '@aws-sdk/client-wafv2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLookups } from '../interrupted-creations.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from '../testing/ministack.ts';
import type { LookupClients } from './clients.ts';
import type { Inputs, LookupPlace } from './lookup.ts';
import { lookups } from './table.ts';

const skipped = await reasonWithoutMiniStack();
const tags = [{ Key: 'Environment', Value: 'staging' }];
const lowerCaseTags = [{ key: 'Environment', value: 'staging' }];
const allow = (principal: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', ...principal }] });

/** What a resource is created with, and what its lookup then needs as inputs; the id is found in what it returns. */
interface Example {
  readonly make: (clients: LookupClients) => Promise<{ readonly inputs: Inputs; readonly importId: unknown }>;
  /** The inputs of one that does not exist. */
  readonly absent: (inputs: Inputs) => Inputs;
}

const renamed = (key: string) => (inputs: Inputs) => ({ ...inputs, [key]: `${String(inputs[key])}-other` });

let vpcId = '';
let subnetId = '';
let groupId = '';
let tableId = '';
let loadBalancerArn = '';
let listenerArn = '';

const examples: Readonly<Record<string, Example>> = {
  'aws:scheduler/scheduleGroup:ScheduleGroup': {
    async make({ scheduler }) {
      await scheduler.send(new CreateScheduleGroupCommand({ Name: 'schedules', Tags: tags }));
      return { inputs: { name: 'schedules' }, importId: 'schedules' };
    },
    absent: renamed('name'),
  },
  'aws:scheduler/schedule:Schedule': {
    async make({ scheduler }) {
      await scheduler.send(new CreateScheduleGroupCommand({ Name: 'nightly', Tags: tags }));
      await scheduler.send(
        new CreateScheduleCommand({
          Name: 'cleanup',
          GroupName: 'nightly',
          ScheduleExpression: 'cron(30 3 * * ? *)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: 'arn:aws:ecs:eu-central-1:000000000000:cluster/example',
            RoleArn: 'arn:aws:iam::000000000000:role/example',
          },
        }),
      );
      return { inputs: { name: 'cleanup', groupName: 'nightly' }, importId: 'nightly/cleanup' };
    },
    absent: renamed('name'),
  },
  'aws:iam/role:Role': {
    absent: renamed('name'),
    async make({ iam }) {
      const AssumeRolePolicyDocument = allow({ Principal: { Service: 'ecs-tasks.amazonaws.com' } });
      await iam.send(new CreateRoleCommand({ RoleName: 'role', AssumeRolePolicyDocument, Tags: tags }));
      return { inputs: { name: 'role' }, importId: 'role' };
    },
  },
  'aws:iam/rolePolicy:RolePolicy': {
    absent: renamed('name'),
    async make({ iam }) {
      const PolicyDocument = allow({ Resource: '*' });
      await iam.send(new PutRolePolicyCommand({ RoleName: 'role', PolicyName: 'inline', PolicyDocument }));
      return { inputs: { role: 'role', name: 'inline' }, importId: 'role:inline' };
    },
  },
  'aws:iam/policy:Policy': {
    absent: renamed('name'),
    async make({ iam }) {
      const PolicyDocument = allow({ Resource: '*' });
      const made = await iam.send(new CreatePolicyCommand({ PolicyName: 'policy', PolicyDocument, Tags: tags }));
      return { inputs: { name: 'policy' }, importId: made.Policy?.Arn };
    },
  },
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': {
    absent: renamed('url'),
    async make({ iam }) {
      const url = 'https://token.actions.githubusercontent.com';
      const ClientIDList = ['sts.amazonaws.com'];
      const made = await iam.send(new CreateOpenIDConnectProviderCommand({ Url: url, ClientIDList, Tags: tags }));
      return { inputs: { url }, importId: made.OpenIDConnectProviderArn };
    },
  },
  'aws:kms/alias:Alias': {
    absent: renamed('name'),
    async make({ kms }) {
      const Tags = [{ TagKey: 'Environment', TagValue: 'staging' }];
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags }));
      await kms.send(new CreateAliasCommand({ AliasName: 'alias/key', TargetKeyId: KeyMetadata?.KeyId }));
      return { inputs: { name: 'alias/key' }, importId: 'alias/key' };
    },
  },
  'aws:wafv2/webAcl:WebAcl': {
    absent: renamed('name'),
    async make({ waf }) {
      const VisibilityConfig = { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: 'acl' };
      const asked = { Name: 'acl', Scope: 'REGIONAL' as const, DefaultAction: { Allow: {} }, VisibilityConfig };
      const { Summary } = await waf.send(new CreateWebACLCommand({ ...asked, Tags: tags }));
      return { inputs: { name: 'acl' }, importId: `${Summary?.Id}/acl/REGIONAL` };
    },
  },
  'aws:ecr/repository:Repository': {
    absent: renamed('name'),
    async make({ ecr }) {
      await ecr.send(new CreateRepositoryCommand({ repositoryName: 'repository', tags }));
      return { inputs: { name: 'repository' }, importId: 'repository' };
    },
  },
  'aws:ecs/cluster:Cluster': {
    absent: renamed('name'),
    async make({ ecs }) {
      await ecs.send(new CreateClusterCommand({ clusterName: 'cluster', tags: lowerCaseTags }));
      return { inputs: { name: 'cluster' }, importId: 'cluster' };
    },
  },
  'aws:ecs/service:Service': {
    absent: renamed('cluster'),
    async make({ ecs }) {
      const containerDefinitions = [{ name: 'api', image: 'api', memory: 128 }];
      await ecs.send(new RegisterTaskDefinitionCommand({ family: 'task', containerDefinitions }));
      const asked = { cluster: 'cluster', serviceName: 'service', taskDefinition: 'task', desiredCount: 0 };
      await ecs.send(new CreateServiceCommand({ ...asked, tags: lowerCaseTags }));
      const cluster = 'arn:aws:ecs:eu-central-1:000000000000:cluster/cluster';
      return { inputs: { cluster, name: 'service' }, importId: 'cluster/service' };
    },
  },
  'aws:cloudwatch/logGroup:LogGroup': {
    // A prefix of a name that exists is another group.
    absent: () => ({ name: '/ecs/log' }),
    async make({ logs }) {
      await logs.send(new CreateLogGroupCommand({ logGroupName: '/ecs/logs', tags: { Environment: 'staging' } }));
      return { inputs: { name: '/ecs/logs' }, importId: '/ecs/logs' };
    },
  },
  'aws:ssm/parameter:Parameter': {
    absent: renamed('name'),
    async make({ ssm }) {
      await ssm.send(new PutParameterCommand({ Name: '/a/parameter', Value: '1', Type: 'String', Tags: tags }));
      return { inputs: { name: '/a/parameter' }, importId: '/a/parameter' };
    },
  },
  'aws:lb/loadBalancer:LoadBalancer': {
    absent: renamed('name'),
    async make({ elb }) {
      const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: 'balancer', Tags: tags }));
      loadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
      return { inputs: { name: 'balancer' }, importId: loadBalancerArn };
    },
  },
  'aws:lb/targetGroup:TargetGroup': {
    absent: renamed('name'),
    async make({ elb }) {
      const asked = { Name: 'targets', Port: 80, Protocol: 'HTTP' as const, TargetType: 'ip' as const, Tags: tags };
      const { TargetGroups } = await elb.send(new CreateTargetGroupCommand(asked));
      return { inputs: { name: 'targets' }, importId: TargetGroups?.[0]?.TargetGroupArn };
    },
  },
  'aws:lb/listener:Listener': {
    absent: (inputs) => ({ ...inputs, port: 81 }),
    async make({ elb }) {
      const DefaultActions = [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '200' } }];
      const asked = { LoadBalancerArn: loadBalancerArn, Port: 80, Protocol: 'HTTP' as const, DefaultActions };
      const { Listeners } = await elb.send(new CreateListenerCommand(asked));
      listenerArn = Listeners?.[0]?.ListenerArn ?? '';
      return { inputs: { loadBalancerArn, port: 80 }, importId: listenerArn };
    },
  },
  'aws:lb/listenerRule:ListenerRule': {
    absent: (inputs) => ({ ...inputs, priority: 2 }),
    async make({ elb }) {
      const Actions = [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '200' } }];
      const Conditions = [{ Field: 'path-pattern', Values: ['/metrics'] }];
      const asked = { ListenerArn: listenerArn, Priority: 1, Actions, Conditions };
      const { Rules } = await elb.send(new CreateRuleCommand(asked));
      return { inputs: { listenerArn, priority: 1 }, importId: Rules?.[0]?.RuleArn };
    },
  },
  'aws:rds/instance:Instance': {
    absent: renamed('identifier'),
    async make({ rds }) {
      const login = { MasterUsername: 'postgres', MasterUserPassword: 'not-a-secret' };
      const size = { DBInstanceClass: 'db.t4g.micro', Engine: 'postgres', AllocatedStorage: 20 };
      await rds.send(new CreateDBInstanceCommand({ DBInstanceIdentifier: 'database', ...size, ...login, Tags: tags }));
      return { inputs: { identifier: 'database' }, importId: 'database' };
    },
  },
  'aws:rds/subnetGroup:SubnetGroup': {
    absent: renamed('name'),
    async make({ rds }) {
      const asked = { DBSubnetGroupName: 'subnets', DBSubnetGroupDescription: 'x', SubnetIds: [subnetId] };
      await rds.send(new CreateDBSubnetGroupCommand({ ...asked, Tags: tags }));
      return { inputs: { name: 'subnets' }, importId: 'subnets' };
    },
  },
  'aws:rds/parameterGroup:ParameterGroup': {
    absent: renamed('name'),
    async make({ rds }) {
      const asked = { DBParameterGroupName: 'parameters', DBParameterGroupFamily: 'postgres17', Description: 'x' };
      await rds.send(new CreateDBParameterGroupCommand({ ...asked, Tags: tags }));
      return { inputs: { name: 'parameters' }, importId: 'parameters' };
    },
  },
  'aws:rds/proxy:Proxy': {
    absent: renamed('name'),
    async make({ rds }) {
      const RoleArn = 'arn:aws:iam::000000000000:role/role';
      const asked = { DBProxyName: 'proxy', EngineFamily: 'POSTGRESQL' as const, RoleArn, VpcSubnetIds: [subnetId] };
      const Auth = [{ AuthScheme: 'SECRETS' as const, SecretArn: 'arn:aws:secretsmanager:x:0:secret:a' }];
      await rds.send(new CreateDBProxyCommand({ ...asked, Auth, Tags: tags }));
      return { inputs: { name: 'proxy' }, importId: 'proxy' };
    },
  },
  'aws:rds/proxyTarget:ProxyTarget': {
    absent: renamed('dbInstanceIdentifier'),
    async make({ rds }) {
      const place = { DBProxyName: 'proxy', TargetGroupName: 'default' };
      await rds.send(new RegisterDBProxyTargetsCommand({ ...place, DBInstanceIdentifiers: ['database'] }));
      const inputs = { dbProxyName: 'proxy', targetGroupName: 'default', dbInstanceIdentifier: 'database' };
      return { inputs, importId: 'proxy/default/RDS_INSTANCE/database' };
    },
  },
  'aws:elasticache/subnetGroup:SubnetGroup': {
    absent: renamed('name'),
    async make({ elasticache }) {
      const asked = { CacheSubnetGroupName: 'cache-subnets', CacheSubnetGroupDescription: 'x', SubnetIds: [subnetId] };
      await elasticache.send(new CreateCacheSubnetGroupCommand({ ...asked, Tags: tags }));
      return { inputs: { name: 'cache-subnets' }, importId: 'cache-subnets' };
    },
  },
  'aws:elasticache/parameterGroup:ParameterGroup': {
    absent: renamed('name'),
    async make({ elasticache }) {
      const asked = { CacheParameterGroupName: 'cache', CacheParameterGroupFamily: 'valkey8', Description: 'x' };
      await elasticache.send(new CreateCacheParameterGroupCommand({ ...asked, Tags: tags }));
      return { inputs: { name: 'cache' }, importId: 'cache' };
    },
  },
  'aws:elasticache/replicationGroup:ReplicationGroup': {
    absent: renamed('replicationGroupId'),
    async make({ elasticache }) {
      const asked = { ReplicationGroupId: 'group', ReplicationGroupDescription: 'x' };
      await elasticache.send(new CreateReplicationGroupCommand({ ...asked, Tags: tags }));
      return { inputs: { replicationGroupId: 'group' }, importId: 'group' };
    },
  },
  'aws:ec2/subnet:Subnet': {
    absent: (inputs) => ({ ...inputs, cidrBlock: '10.0.9.0/24' }),
    make: async () => ({ inputs: { vpcId, cidrBlock: '10.0.1.0/24' }, importId: subnetId }),
  },
  'aws:ec2/internetGateway:InternetGateway': {
    absent: renamed('vpcId'),
    async make({ ec2 }) {
      const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
      const InternetGatewayId = InternetGateway?.InternetGatewayId;
      await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId }));
      return { inputs: { vpcId }, importId: InternetGatewayId };
    },
  },
  'aws:ec2/natGateway:NatGateway': {
    absent: renamed('subnetId'),
    async make({ ec2 }) {
      const { AllocationId: allocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
      const asked = { SubnetId: subnetId, AllocationId: allocationId };
      const { NatGateway } = await ec2.send(new CreateNatGatewayCommand(asked));
      return { inputs: { subnetId, allocationId }, importId: NatGateway?.NatGatewayId };
    },
  },
  'aws:ec2/routeTableAssociation:RouteTableAssociation': {
    absent: renamed('subnetId'),
    async make({ ec2 }) {
      await ec2.send(new AssociateRouteTableCommand({ SubnetId: subnetId, RouteTableId: tableId }));
      return { inputs: { subnetId, routeTableId: tableId }, importId: `${subnetId}/${tableId}` };
    },
  },
  'aws:ec2/route:Route': {
    absent: (inputs) => ({ ...inputs, destinationCidrBlock: '10.9.0.0/16' }),
    async make({ ec2 }) {
      const destinationCidrBlock = '0.0.0.0/0';
      const asked = { RouteTableId: tableId, DestinationCidrBlock: destinationCidrBlock };
      await ec2.send(new CreateRouteCommand({ ...asked, GatewayId: 'igw-1' }));
      return {
        inputs: { routeTableId: tableId, destinationCidrBlock },
        importId: `${tableId}_${destinationCidrBlock}`,
      };
    },
  },
  'aws:ec2/securityGroup:SecurityGroup': {
    absent: renamed('name'),
    make: async () => ({ inputs: { vpcId, name: 'group' }, importId: groupId }),
  },
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': {
    absent: (inputs) => ({ ...inputs, cidrIpv4: '10.0.0.0/8' }),
    async make({ ec2 }) {
      const rule = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
      const asked = { GroupId: groupId, IpPermissions: [rule] };
      const { SecurityGroupRules } = await ec2.send(new AuthorizeSecurityGroupIngressCommand(asked));
      const inputs = { securityGroupId: groupId, ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIpv4: '0.0.0.0/0' };
      return { inputs: { ...inputs, description: 'HTTPS' }, importId: SecurityGroupRules?.[0]?.SecurityGroupRuleId };
    },
  },
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': {
    absent: (inputs) => ({ ...inputs, toPort: 5433 }),
    async make({ ec2 }) {
      const rule = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: groupId }] };
      const asked = { GroupId: groupId, IpPermissions: [rule] };
      const { SecurityGroupRules } = await ec2.send(new AuthorizeSecurityGroupEgressCommand(asked));
      const ports = { ipProtocol: 'tcp', fromPort: 5432, toPort: 5432 };
      const inputs = {
        securityGroupId: groupId,
        ...ports,
        referencedSecurityGroupId: groupId,
        description: 'Postgres',
      };
      return { inputs, importId: SecurityGroupRules?.[0]?.SecurityGroupRuleId };
    },
  },
  'aws:ec2/vpcEndpoint:VpcEndpoint': {
    absent: renamed('serviceName'),
    async make({ ec2 }) {
      const serviceName = 'com.amazonaws.eu-central-1.s3';
      const asked = { VpcId: vpcId, ServiceName: serviceName, VpcEndpointType: 'Gateway' as const };
      const { VpcEndpoint } = await ec2.send(new CreateVpcEndpointCommand(asked));
      return { inputs: { vpcId, serviceName }, importId: VpcEndpoint?.VpcEndpointId };
    },
  },
  'aws:ec2/flowLog:FlowLog': {
    absent: (inputs) => ({ ...inputs, trafficType: 'ALL' }),
    async make({ ec2 }) {
      const asked = { ResourceIds: [vpcId], ResourceType: 'VPC' as const, TrafficType: 'REJECT' as const };
      const { FlowLogIds } = await ec2.send(new CreateFlowLogsCommand({ ...asked, LogGroupName: '/ecs/logs' }));
      return { inputs: { vpcId, trafficType: 'REJECT' }, importId: FlowLogIds?.[0] };
    },
  },
  'aws:route53/record:Record': {
    absent: (inputs) => ({ ...inputs, name: 'ap.example.com' }),
    async make({ dns }) {
      const { HostedZone } = await dns.send(new CreateHostedZoneCommand({ Name: 'example.com', CallerReference: '1' }));
      const ResourceRecordSet = {
        Name: 'api.example.com',
        Type: 'A' as const,
        AliasTarget: { DNSName: 'balancer.elb.amazonaws.com', HostedZoneId: 'Z1', EvaluateTargetHealth: true },
      };
      const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet }] };
      await dns.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: HostedZone?.Id, ChangeBatch }));
      const zoneId = HostedZone?.Id?.replace('/hostedzone/', '');
      const aliases = [{ name: 'balancer.elb.amazonaws.com', zoneId: 'Z1', evaluateTargetHealth: true }];
      const inputs = { zoneId, name: 'api.example.com', type: 'A', aliases };
      return { inputs, importId: `${zoneId}_api.example.com_A` };
    },
  },
};

describe.skipIf(skipped)(`looking up what exists${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let place: LookupPlace;

  beforeAll(async () => {
    aws = await startMiniStack({ containers: false });
    place = await openLookups(aws.clients);
    const { ec2 } = place.clients;
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    vpcId = Vpc?.VpcId ?? '';
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.0.1.0/24' }));
    subnetId = Subnet?.SubnetId ?? '';
    const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags: tags }];
    const group = { VpcId: vpcId, GroupName: 'group', Description: 'x', TagSpecifications };
    groupId = (await ec2.send(new CreateSecurityGroupCommand(group))).GroupId ?? '';
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
    tableId = RouteTable?.RouteTableId ?? '';
  });
  afterAll(() => aws?.[Symbol.asyncDispose]());

  test('every lookup has an example', () => {
    expect(Object.keys(examples).toSorted()).toEqual(Object.keys(lookups).toSorted());
  });

  test.each(Object.entries(examples))('%s is found by its inputs, and another one is not', async (type, example) => {
    const lookup = lookups[type];
    const { inputs, importId } = await example.make(place.clients);
    const found = await lookup?.find(place, inputs);
    expect(found).toMatchObject({ importId, ready: expect.any(Boolean) });
    expect(found?.importId).not.toBe('');
    expect(lookup?.nameOf(inputs)).toEqual(expect.any(String));
    if (lookup?.inside !== true && found?.asAsked === undefined)
      expect(found?.tags).toEqual({ Environment: 'staging' });
    expect(await lookup?.find(place, example.absent(inputs))).toBeUndefined();
  });

  test('a DNS record that points elsewhere is not what was asked for', async () => {
    const { HostedZone } = await place.clients.dns.send(
      new CreateHostedZoneCommand({ Name: 'example.org', CallerReference: '2' }),
    );
    const record = { Name: 'a.example.org', Type: 'CNAME' as const, TTL: 60, ResourceRecords: [{ Value: 'x.y.' }] };
    const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet: record }] };
    await place.clients.dns.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: HostedZone?.Id, ChangeBatch }));
    const inputs = { zoneId: HostedZone?.Id?.replace('/hostedzone/', ''), name: 'a.example.org', type: 'CNAME' };
    const find = (records: readonly string[]) =>
      lookups['aws:route53/record:Record']?.find(place, { ...inputs, records });
    expect(await find(['x.y'])).toMatchObject({ asAsked: true });
    expect(await find(['z.y'])).toMatchObject({ asAsked: false });
  });
});
