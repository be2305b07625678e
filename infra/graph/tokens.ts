import { zonesOf } from './query.ts';

type TokenOf = (property: string) => string;
type Inputs = Readonly<Record<string, unknown>>;

/** Outputs that are lists or objects; every other output that only a provider knows is a token. */
const structured: Readonly<Record<string, (of: TokenOf, inputs: Inputs) => Record<string, unknown>>> = {
  // A remote component: its provider creates the subnets, so the program sees only these lists.
  'awsx:ec2:Vpc': (of, inputs) => ({
    vpcId: of('vpcId'),
    publicSubnetIds: subnets(of, 'publicSubnetIds', zonesOf(inputs)),
    privateSubnetIds: subnets(of, 'privateSubnetIds', zonesOf(inputs)),
    isolatedSubnetIds: subnets(of, 'isolatedSubnetIds', zonesOf(inputs)),
    // Three subnets in a zone, each with its own.
    routeTables: subnets(of, 'routeTables', zonesOf(inputs) * 3).map((id) => ({ id })),
  }),
  'aws:rds/instance:Instance': (of) => ({
    masterUserSecrets: [{ secretArn: of('masterUserSecrets[0].secretArn'), secretStatus: 'active' }],
  }),
  'aws:acm/certificate:Certificate': (of, { subjectAlternativeNames: others }) => ({
    domainValidationOptions: Array.from({ length: 1 + (Array.isArray(others) ? others.length : 0) }, (_, index) => ({
      resourceRecordName: of(`domainValidationOptions[${index}].resourceRecordName`),
      resourceRecordType: 'CNAME',
      resourceRecordValue: of(`domainValidationOptions[${index}].resourceRecordValue`),
    })),
  }),
};

/** What stays as it was made, whatever the program says later. */
const kept: Readonly<Record<string, (of: TokenOf) => Record<string, unknown>>> = {
  'aws:secretsmanager/secretVersion:SecretVersion': (of) => ({ secretString: of('secretString') }),
};

/** One subnet of a kind in each zone. */
function subnets(of: TokenOf, property: string, zones: number): readonly string[] {
  return Array.from({ length: zones }, (_, index) => of(`${property}[${index}]`));
}

/**
 * What a property of a resource is called before anybody knows its value. A value that one resource takes from another
 * one appears in the graph as this token.
 */
export function token(type: string, name: string, property: string): string {
  return `@{${type}::${name}::${property}}`;
}

/**
 * The outputs of a resource: its inputs, and tokens for the properties that only its provider knows. `declared` are all
 * properties of its class, whether they are inputs or not.
 */
export function outputsOf(
  type: string,
  name: string,
  inputs: Inputs,
  declared: readonly string[],
): Record<string, unknown> {
  const of = (property: string) => token(type, name, property);
  return {
    ...Object.fromEntries(declared.map((property) => [property, of(property)])),
    ...structured[type]?.(of, inputs),
    ...inputs,
    ...kept[type]?.(of),
  };
}

/** Results of the provider functions that the program calls. */
export function resultOf(functionToken: string, inputs: Inputs): Record<string, unknown> {
  if (functionToken === 'aws:ecr/getAuthorizationToken:getAuthorizationToken') {
    return { ...inputs, userName: 'AWS', password: token(functionToken, 'registry', 'password') };
  }
  if (functionToken === 'aws:secretsmanager/getRandomPassword:getRandomPassword') {
    return { ...inputs, randomPassword: token(functionToken, 'random', 'randomPassword') };
  }
  if (functionToken === 'aws:index/getCallerIdentity:getCallerIdentity') {
    return { ...inputs, accountId: token(functionToken, 'caller', 'accountId') };
  }
  if (functionToken === 'aws:index/getAvailabilityZones:getAvailabilityZones') {
    return { ...inputs, names: ['a', 'b', 'c'].map((zone) => `${String(inputs['region'])}${zone}`) };
  }
  if (functionToken === 'aws:lb/getLoadBalancer:getLoadBalancer') {
    const of = (property: string) => token(functionToken, String(inputs['arn']), property);
    return { ...inputs, dnsName: of('dnsName'), zoneId: of('zoneId') };
  }
  if (functionToken === 'aws:rds/getInstance:getInstance') {
    const of = (property: string) => token(functionToken, String(inputs['dbInstanceIdentifier']), property);
    return { ...inputs, address: of('address'), resourceId: of('resourceId') };
  }
  // What exists already: only AWS knows more of it than its id.
  if (asksForExisting(functionToken)) return { ...inputs };
  // Nothing was promoted where nothing runs.
  if (functionToken === 'pulumi:pulumi:readStackOutputs') return { ...inputs, outputs: {}, secretOutputNames: [] };
  throw new Error(`The graph knows no result of ${functionToken}: add one to infra/graph/tokens.ts.`);
}

/** Functions that read what a company has already. */
function asksForExisting(functionToken: string): boolean {
  return /^aws:(ec2\/get(Vpc|Subnet)|route53\/getZone|ecs\/getCluster|lb\/getListener):/.test(functionToken);
}
