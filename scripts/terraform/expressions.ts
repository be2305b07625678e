import { type Reference, replaceReferences } from '../../infra/graph/query.ts';
import { terraformTypes } from './resource-types.ts';

/** `httpPutResponseHopLimit` → `http_put_response_hop_limit`. */
export function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** Terraform's name of a resource; it allows no dots and slashes. */
export function labelOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}

/** A text of the graph as Terraform reads it: references are expressions, and what looks like one is escaped. */
export function templateOf(text: string): string {
  const escaped = text.replaceAll(/[$%](?=\{)/g, (sign) => `${sign}${sign}`);
  return replaceReferences(escaped, (reference, whole) => {
    if (reference.type === imageType)
      return `\${aws_ecr_repository.${labelOf(reference.name)}.repository_url}@${noDigest}`;
    return `\${${expressionOf(reference, whole)}}`;
  });
}

const imageType = 'docker:index/image:Image';
/** Known after the build. */
const noDigest = `sha256:${'0'.repeat(64)}`;

const functions: Readonly<Record<string, string>> = {
  'aws:index/getCallerIdentity:getCallerIdentity': 'data.aws_caller_identity.current.account_id',
  'aws:secretsmanager/getRandomPassword:getRandomPassword':
    'data.aws_secretsmanager_random_password.random.random_password',
};

/** Data sources of what exists and the stack reads. */
export const existingSources: Readonly<Record<string, { readonly name: string; readonly argument: string }>> = {
  'aws:lb/getLoadBalancer:getLoadBalancer': { name: 'aws_lb', argument: 'arn' },
  'aws:rds/getInstance:getInstance': { name: 'aws_db_instance', argument: 'db_instance_identifier' },
};

function expressionOf({ type, name, property }: Reference, whole: string): string {
  const call = functions[type];
  if (call !== undefined) return call;
  const source = existingSources[type];
  if (source !== undefined) return `data.${source.name}.existing.${snakeCase(property)}`;
  if (type === 'awsx:ec2:Vpc') return networkExpression(name, property, whole);
  const found = terraformTypes[type];
  if (found === undefined) throw new Error(`Terraform has no counterpart of ${whole}: see resource-types.ts.`);
  const address = `${found.name}.${labelOf(name)}`;
  const path = property.split('.').map(snakeCase).join('.');
  // A set in Terraform, whose elements have no index.
  const proof = /^domain_validation_options(\[\d+\]\..+)$/.exec(path);
  if (proof !== null) return `tolist(${address}.domain_validation_options)${proof[1]}`;
  return `${address}.${path.replace('master_user_secrets', 'master_user_secret')}`;
}

/** A remote component: network.ts writes what its provider creates. */
function networkExpression(name: string, property: string, whole: string): string {
  const label = labelOf(name);
  if (property === 'vpcId') return `aws_vpc.${label}.id`;
  const [, kind, index] = /^(public|private|isolated)SubnetIds\[(\d+)\]$/.exec(property) ?? [];
  if (kind !== undefined) return `aws_subnet.${label}-${kind}-${index}.id`;
  const [, table] = /^routeTables\[(\d+)\]$/.exec(property) ?? [];
  if (table !== undefined) return `aws_route_table.${label}-${table}.id`;
  throw new Error(`The network has no counterpart of ${whole}: see expressions.ts.`);
}
