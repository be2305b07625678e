import { referencesIn } from '../../infra/graph/query.ts';
import type { Graph, RecordedResource } from '../../infra/graph/record.ts';
import { existingSources, labelOf, snakeCase, templateOf } from './expressions.ts';
import { networkResources } from './network.ts';
import { type TerraformType, terraformTypes, withoutCounterpart } from './resource-types.ts';

type Bodies = Record<string, Readonly<Record<string, unknown>>>;

/** A configuration in https://developer.hashicorp.com/terraform/language/syntax/json */
export interface TerraformDocument {
  readonly terraform: { readonly required_providers: Readonly<Record<string, object>> };
  readonly provider: { readonly aws: readonly object[] };
  /** By type, then by name. */
  readonly data: Readonly<Record<string, Readonly<Bodies>>>;
  readonly resource: Readonly<Record<string, Readonly<Bodies>>>;
}

const provider = 'hashicorp/aws';
/** @pulumi/aws 7 is generated from version 6. The last of version 5 lacks only the traffic shift of ECS. */
function versionsFor(resources: readonly RecordedResource[]): string {
  return resources.some(({ inputs }) => 'deploymentConfiguration' in inputs) ? '~> 6.0' : '>= 5.100, < 7';
}

/**
 * The graph of an environment as Terraform JSON, for scanners that read no Pulumi. It is to be read, not applied: the
 * image and the migrations are left out, and what only AWS knows is an expression.
 *
 * @throws Error for a resource type without a counterpart in resource-types.ts
 */
export function exportTerraform({ resources }: Graph, region: string): TerraformDocument {
  const byType: Record<string, Bodies> = {};
  const others = new Set(resources.flatMap(({ inputs }) => otherRegion(inputs, region) ?? []));
  for (const resource of resources) {
    for (const [type, bodies] of Object.entries(terraformOf(resource, region))) {
      byType[type] = { ...byType[type], ...bodies };
    }
  }
  return {
    terraform: { required_providers: { aws: { source: provider, version: versionsFor(resources) } } },
    provider: { aws: [{ region }, ...[...others].map((other) => ({ alias: other, region: other }))] },
    data: {
      aws_caller_identity: { current: {} },
      aws_secretsmanager_random_password: { random: { exclude_punctuation: true, password_length: 64 } },
      ...existingData(resources),
    },
    resource: Object.fromEntries(
      Object.entries(byType)
        .filter(([, bodies]) => Object.keys(bodies).length > 0)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

/** Data sources of what exists and the stack refers to, by what it is called in AWS. */
function existingData(resources: readonly RecordedResource[]): Readonly<Record<string, Readonly<Bodies>>> {
  const used = resources.flatMap(({ inputs }) => referencesIn(inputs));
  return Object.fromEntries(
    used.flatMap(({ type, name }) => {
      const source = existingSources[type];
      return source === undefined ? [] : [[source.name, { existing: { [source.argument]: name } }] as const];
    }),
  );
}

function terraformOf(resource: RecordedResource, region: string): Readonly<Record<string, Readonly<Bodies>>> {
  const { type, name, custom } = resource;
  if (type === 'awsx:ec2:Vpc') return networkResources(resource);
  if (!custom || type.startsWith('pulumi:') || withoutCounterpart.includes(type)) return {};
  const found = terraformTypes[type];
  if (found === undefined) throw new Error(`Terraform has no counterpart of ${type}: see resource-types.ts.`);
  return { [found.name]: { [labelOf(name)]: bodyOf(resource, found, region) } };
}

/** Of a resource outside the region of the environment: a health check of Route 53 reports to us-east-1. */
function otherRegion(inputs: RecordedResource['inputs'], region: string): string | undefined {
  const own = inputs['region'];
  return typeof own === 'string' && own !== region ? own : undefined;
}

function bodyOf(resource: RecordedResource, type: TerraformType, region: string): Record<string, unknown> {
  const leftOut = ['region', ...(type.computed ?? [])];
  const inputs = Object.entries(resource.inputs).filter(([key]) => !leftOut.includes(key));
  const other = otherRegion(resource.inputs, region);
  const ignored = resource.ignoreChanges.filter((key) => key in resource.inputs);
  return {
    ...(type.named === true ? { name: resource.name } : {}),
    ...(other === undefined ? {} : { provider: `aws.${other}` }),
    ...argumentsOf(Object.fromEntries(inputs), type),
    lifecycle: {
      // What Pulumi does unless told otherwise.
      create_before_destroy: resource.deleteBeforeReplace !== true,
      ...(resource.protect ? { prevent_destroy: true } : {}),
      ...(ignored.length === 0 ? {} : { ignore_changes: ignored.map((key) => argumentName(key, type)) }),
    },
  };
}

function argumentName(key: string, type: TerraformType): string {
  return type.renamed?.[key] ?? snakeCase(key);
}

/** Whether the keys of an argument belong to the user of the resource. */
export function isMap(name: string): boolean {
  return name === 'tags' || name === 'dimensions';
}

function argumentsOf(object: object, type: TerraformType): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]: [string, unknown]) => [
      argumentName(key, type),
      isMap(key) && !Array.isArray(value) ? templatesIn(value) : argument(value, type),
    ]),
  );
}

function argument(value: unknown, type: TerraformType): unknown {
  if (typeof value === 'string') return templateOf(value);
  if (Array.isArray(value)) return value.map((item) => argument(item, type));
  return typeof value === 'object' && value !== null ? argumentsOf(value, type) : value;
}

function templatesIn(map: unknown): unknown {
  return Object.fromEntries(
    Object.entries(map ?? {}).map(([key, value]) => [key, typeof value === 'string' ? templateOf(value) : value]),
  );
}
