import { type Reference, replaceReferences } from '../../infra/graph/query.ts';

/** The account that policies and calls are looked at in; no real one has it. */
export const account = '123456789012';
export const region = 'eu-central-1';

const hex = '0123456789abcdef0';
const uuid = '12345678-1234-1234-1234-123456789012';
const arnOf = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;

/** ARNs as each service writes them, by resource type; `name` is the logical name. */
const arns: Readonly<Record<string, (name: string) => string>> = {
  'aws:acm/certificate:Certificate': () => arnOf('acm', `certificate/${uuid}`),
  'aws:acm/certificateValidation:CertificateValidation': () => arnOf('acm', `certificate/${uuid}`),
  'aws:cloudwatch/logGroup:LogGroup': (name) => arnOf('logs', `log-group:${name}`),
  'aws:cloudwatch/metricAlarm:MetricAlarm': (name) => arnOf('cloudwatch', `alarm:${name}`),
  'aws:ecr/repository:Repository': (name) => arnOf('ecr', `repository/${name}`),
  'aws:ecs/cluster:Cluster': (name) => arnOf('ecs', `cluster/${name}`),
  'aws:ecs/taskDefinition:TaskDefinition': (name) => arnOf('ecs', `task-definition/${name}:1`),
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': () =>
    `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
  'aws:iam/policy:Policy': (name) => `arn:aws:iam::${account}:policy/${name}`,
  'aws:iam/role:Role': (name) => `arn:aws:iam::${account}:role/${name}`,
  'aws:kms/key:Key': () => arnOf('kms', `key/${uuid}`),
  'aws:lb/listener:Listener': (name) => arnOf('elasticloadbalancing', `listener/app/${name}/${hex}/${hex}`),
  'aws:lb/listenerRule:ListenerRule': (name) =>
    arnOf('elasticloadbalancing', `listener-rule/app/${name}/${hex}/${hex}/${hex}`),
  'aws:lb/loadBalancer:LoadBalancer': (name) => arnOf('elasticloadbalancing', `loadbalancer/app/${name}/${hex}`),
  'aws:lb/targetGroup:TargetGroup': (name) => arnOf('elasticloadbalancing', `targetgroup/${name}/${hex}`),
  'aws:rds/instance:Instance': (name) => arnOf('rds', `db:${name}`),
  'aws:s3/bucket:Bucket': (name) => `arn:aws:s3:::${name}`,
  'aws:secretsmanager/secret:Secret': (name) => arnOf('secretsmanager', `secret:${name}-AbCdEf`),
  'aws:sns/topic:Topic': (name) => arnOf('sns', name),
  'aws:wafv2/webAcl:WebAcl': (name) => arnOf('wafv2', `regional/webacl/${name}/${uuid}`),
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
  'masterUserSecrets[0].secretArn': () => arnOf('secretsmanager', `secret:rds!db-${uuid}-AbCdEf`),
  primaryEndpointAddress: (name) => `master.${name}.${hex}.euc1.cache.amazonaws.com`,
  randomPassword: () => 'a'.repeat(64),
  repoDigest: (name) => `${account}.dkr.ecr.${region}.amazonaws.com/${name}@sha256:${'0'.repeat(64)}`,
  repositoryUrl: (name) => `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
  resourceId: () => 'db-ABCDEFGHIJKL',
  secretString: () => 'a'.repeat(64),
  zoneId: () => 'Z215JYRZR1TBD5',
};

/** A value such as AWS would generate for what a reference points to. */
function standInFor({ type, name, property }: Reference): string {
  const arn = arns[type];
  const known = properties[property];
  if (known !== undefined) return known(name, type);
  if (arn !== undefined && (/(^|\w)arn$/i.test(property) || (property === 'id' && idIsArn.includes(type))))
    return arn(name);
  if (type === 'awsx:ec2:Vpc') return networkId(property);
  if (property === 'id' && ids[type] !== undefined) return ids[type];
  return name;
}

function networkId(property: string): string {
  if (property === 'vpcId') return `vpc-${hex}`;
  return property.startsWith('routeTables') ? `rtb-${hex}` : `subnet-${hex}`;
}

/** The same value with stand-ins for all references in it, those inside of JSON texts too. */
export function withStandIns(value: unknown): unknown {
  if (typeof value === 'string') return replaceReferences(value, standInFor);
  if (Array.isArray(value)) return value.map(withStandIns);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withStandIns(item)]));
}
