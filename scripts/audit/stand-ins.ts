import {
  type GraphResource,
  ofType,
  type ProgramGraph,
  type Reference,
  replaceReferences,
} from '../../infra/graph/query.ts';
import { generated, withSuffix } from './create-calls/call.ts';

/** The account that policies and calls are looked at in; no real one has it. */
export const account = '123456789012';
export const region = 'eu-central-1';

const hex = '0123456789abcdef0';
const uuid = '12345678-1234-1234-1234-123456789012';
const arnIn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;

/** ARNs as each service writes them, by resource type and physical name. */
const arns: Readonly<Record<string, (name: string) => string>> = {
  'aws:acm/certificate:Certificate': () => arnIn('acm', `certificate/${uuid}`),
  'aws:acm/certificateValidation:CertificateValidation': () => arnIn('acm', `certificate/${uuid}`),
  'aws:appautoscaling/target:Target': () => arnIn('application-autoscaling', `scalable-target/${hex}`),
  'aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration': (name) =>
    `arn:aws:chatbot::${account}:chat-configuration/slack-channel/${name}`,
  'aws:cloudwatch/dashboard:Dashboard': (name) => `arn:aws:cloudwatch::${account}:dashboard/${name}`,
  'aws:cloudwatch/logGroup:LogGroup': (name) => arnIn('logs', `log-group:${name}`),
  'aws:cloudwatch/metricAlarm:MetricAlarm': (name) => arnIn('cloudwatch', `alarm:${name}`),
  'aws:ec2/flowLog:FlowLog': () => arnIn('ec2', `vpc-flow-log/fl-${hex}`),
  'aws:ec2/securityGroup:SecurityGroup': () => arnIn('ec2', `security-group/sg-${hex}`),
  'aws:ec2/vpcEndpoint:VpcEndpoint': () => arnIn('ec2', `vpc-endpoint/vpce-${hex}`),
  'aws:ecr/repository:Repository': (name) => arnIn('ecr', `repository/${name}`),
  'aws:ecs/cluster:Cluster': (name) => arnIn('ecs', `cluster/${name}`),
  'aws:ecs/taskDefinition:TaskDefinition': (name) => arnIn('ecs', `task-definition/${name}:1`),
  'aws:elasticache/parameterGroup:ParameterGroup': (name) => arnIn('elasticache', `parametergroup:${name}`),
  'aws:elasticache/replicationGroup:ReplicationGroup': (name) => arnIn('elasticache', `replicationgroup:${name}`),
  'aws:elasticache/subnetGroup:SubnetGroup': (name) => arnIn('elasticache', `subnetgroup:${name}`),
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': () =>
    `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
  'aws:iam/policy:Policy': (name) => `arn:aws:iam::${account}:policy/${name}`,
  'aws:iam/role:Role': (name) => `arn:aws:iam::${account}:role/${name}`,
  'aws:kms/key:Key': () => arnIn('kms', `key/${uuid}`),
  'aws:lb/listener:Listener': (name) => arnIn('elasticloadbalancing', `listener/app/${name}/${hex}/${hex}`),
  'aws:lb/listenerRule:ListenerRule': (name) =>
    arnIn('elasticloadbalancing', `listener-rule/app/${name}/${hex}/${hex}/${hex}`),
  'aws:lb/loadBalancer:LoadBalancer': (name) => arnIn('elasticloadbalancing', `loadbalancer/app/${name}/${hex}`),
  'aws:lb/targetGroup:TargetGroup': (name) => arnIn('elasticloadbalancing', `targetgroup/${name}/${hex}`),
  'aws:rds/instance:Instance': (name) => arnIn('rds', `db:${name}`),
  'aws:rds/parameterGroup:ParameterGroup': (name) => arnIn('rds', `pg:${name}`),
  'aws:rds/proxy:Proxy': () => arnIn('rds', `db-proxy:prx-${hex}`),
  'aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup': () => arnIn('rds', `target-group:prx-tg-${hex}`),
  'aws:rds/subnetGroup:SubnetGroup': (name) => arnIn('rds', `subgrp:${name}`),
  'aws:route53/healthCheck:HealthCheck': () => `arn:aws:route53:::healthcheck/${uuid}`,
  'aws:s3/bucket:Bucket': (name) => `arn:aws:s3:::${name}`,
  'aws:scheduler/scheduleGroup:ScheduleGroup': (name) => arnIn('scheduler', `schedule-group/${name}`),
  'aws:secretsmanager/secret:Secret': (name) => arnIn('secretsmanager', `secret:${name}-AbCdEf`),
  'aws:sns/topic:Topic': (name) => arnIn('sns', name),
  'aws:ssm/parameter:Parameter': (name) => arnIn('ssm', `parameter${name}`),
  'aws:wafv2/webAcl:WebAcl': (name) => arnIn('wafv2', `regional/webacl/${name}/${uuid}`),
};

/** The id is the ARN, as for most resources that Terraform imports by it. */
const idIsArn: readonly string[] = ['aws:secretsmanager/secret:Secret', 'aws:lb/targetGroup:TargetGroup'];

const ids: Readonly<Record<string, string>> = {
  'aws:ec2/securityGroup:SecurityGroup': `sg-${hex}`,
  'aws:kms/key:Key': uuid,
};

const properties: Readonly<Record<string, (name: string, type: string) => string>> = {
  accountId: () => account,
  address: (name) => `${name}.${hex}.${region}.rds.amazonaws.com`,
  arnSuffix: (name, type) => `${type.includes('targetGroup') ? 'targetgroup' : 'app'}/${name}/${hex}`,
  dnsName: (name) => `${name}-1.${region}.elb.amazonaws.com`,
  endpoint: (name) => `${name}.${hex}.${region}.rds.amazonaws.com`,
  fqdn: () => 'api.example.com',
  keyId: () => uuid,
  'masterUserSecrets[0].secretArn': () => arnIn('secretsmanager', `secret:rds!db-${uuid}-AbCdEf`),
  primaryEndpointAddress: (name) => `master.${name}.${hex}.euc1.cache.amazonaws.com`,
  randomPassword: () => 'a'.repeat(64),
  repoDigest: (name) => `${account}.dkr.ecr.${region}.amazonaws.com/${name}@sha256:${'0'.repeat(64)}`,
  repositoryUrl: (name) => `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
  resourceId: () => 'db-ABCDEFGHIJKL',
  secretString: () => 'a'.repeat(64),
  zoneId: () => 'Z215JYRZR1TBD5',
};

/** A value such as AWS would generate for what a reference points to. */
function standInFor(reference: Reference, names: Names): string {
  const { type, property } = reference;
  if (type === 'awsx:ec2:Vpc') return networkId(property);
  const name = names.get(keyOf(reference)) ?? reference.name;
  const known = properties[property];
  if (known !== undefined) return known(name, type);
  const arn = arns[type];
  const isArn = /(^|\w)arn$/i.test(property) || (property === 'id' && idIsArn.includes(type));
  if (arn !== undefined && isArn) return arn(name);
  return property === 'id' && ids[type] !== undefined ? ids[type] : name;
}

function networkId(property: string): string {
  if (property === 'vpcId') return `vpc-${hex}`;
  return property.startsWith('routeTables') ? `rtb-${hex}` : `subnet-${hex}`;
}

type Names = ReadonlyMap<string, string>;

function keyOf({ type, name }: Pick<Reference, 'type' | 'name'>): string {
  return `${type} ${name}`;
}

/** What each resource is called in AWS, by type and logical name. */
function namesIn(graph: ProgramGraph): Names {
  return new Map(graph.resources.map((resource) => [keyOf(resource), physicalNameOf(graph, resource)]));
}

/** What has no name of its own, and in its ARN that of another resource: there is one load balancer. */
const namedBy: Readonly<Record<string, string>> = {
  'aws:lb/listener:Listener': 'aws:lb/loadBalancer:LoadBalancer',
  'aws:lb/listenerRule:ListenerRule': 'aws:lb/loadBalancer:LoadBalancer',
};

function physicalNameOf(graph: ProgramGraph, { type, name, inputs }: GraphResource): string {
  const [other] = namedBy[type] === undefined ? [] : ofType(graph, namedBy[type]);
  if (other !== undefined) return physicalNameOf(graph, other);
  const given =
    inputs['name'] ??
    inputs['identifier'] ??
    inputs['replicationGroupId'] ??
    (type === 'aws:ecs/taskDefinition:TaskDefinition' ? inputs['family'] : undefined) ??
    inputs['dashboardName'] ??
    inputs['configurationName'];
  if (typeof given === 'string' && !given.includes('@{')) return given;
  const prefix = inputs['namePrefix'] ?? inputs['bucketPrefix'];
  return typeof prefix === 'string' ? String(withSuffix(prefix)) : generated(name);
}

/** The ARN of a resource, if its type has one. */
export function arnOf(graph: ProgramGraph, resource: GraphResource): string | undefined {
  return arns[resource.type]?.(physicalNameOf(graph, resource));
}

/** Writes stand-ins in the place of all references in a value, those inside of JSON texts too. */
export function standIns(graph: ProgramGraph): (value: unknown) => unknown {
  const names = namesIn(graph);
  const filled = (value: unknown): unknown => {
    if (typeof value === 'string') return replaceReferences(value, (reference) => standInFor(reference, names));
    if (Array.isArray(value)) return value.map(filled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item)]));
  };
  return filled;
}
