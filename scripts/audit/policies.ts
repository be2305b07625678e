import { ofType } from '../../infra/graph/query.ts';
import type { Graph } from '../../infra/graph/record.ts';
import { standIns } from './stand-ins.ts';

/** A statement of a policy document, with lists where IAM takes one or many. */
export interface PolicyStatement {
  readonly sid: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** By operator, then by key. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** All that a role, or whoever else the document speaks of, may do. */
export interface Principal {
  readonly name: string;
  readonly statements: readonly PolicyStatement[];
}

/** The roles of a graph with the statements of all of their policies, inline and attached. */
export function rolesOf(graph: Graph): readonly Principal[] {
  const statements = new Map<string, PolicyStatement[]>();
  const filled = standIns(graph);
  const add = (role: unknown, document: unknown) => {
    const name = String(filled(role));
    statements.set(name, [...(statements.get(name) ?? []), ...statementsIn(filled(document))]);
  };
  for (const { inputs } of ofType(graph, 'aws:iam/rolePolicy:RolePolicy')) add(inputs['role'], inputs['policy']);
  const policies = new Map(
    ofType(graph, 'aws:iam/policy:Policy').map(({ name, inputs }) => [
      `@{aws:iam/policy:Policy::${name}::arn}`,
      inputs['policy'],
    ]),
  );
  for (const { inputs } of ofType(graph, 'aws:iam/rolePolicyAttachment:RolePolicyAttachment')) {
    const document = policies.get(String(inputs['policyArn']));
    if (document !== undefined) add(inputs['role'], document);
  }
  return [...statements]
    .map(([name, all]) => ({ name, statements: all }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Documents that are attached to a resource, and say who may do what to it: their resources are that one. */
export function resourcePoliciesOf(graph: Graph): readonly Principal[] {
  const filled = standIns(graph);
  return ['aws:kms/key:Key', 'aws:s3/bucketPolicy:BucketPolicy', 'aws:ecr/repositoryPolicy:RepositoryPolicy'].flatMap(
    (type) =>
      ofType(graph, type).map(({ name, inputs }) => ({
        name: `${type} ${name}`,
        statements: statementsIn(filled(inputs['policy'])),
      })),
  );
}

export function statementsIn(document: unknown): readonly PolicyStatement[] {
  const { Statement = [] } = JSON.parse(String(document));
  return listOf<Readonly<Record<string, unknown>>>(Statement).map((statement) => ({
    sid: String(statement['Sid'] ?? ''),
    effect: String(statement['Effect']),
    actions: listOf<string>(statement['Action']),
    resources: listOf<string>(statement['Resource']),
    conditions: Object.fromEntries(
      Object.entries(statement['Condition'] ?? {}).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys as object).map(([key, values]) => [key, listOf<string>(values)])),
      ]),
    ),
  }));
}

function listOf<Item>(value: unknown): readonly Item[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as Item];
}

/**
 * Whether two patterns of ARNs have an ARN in common. A wildcard stays within its segment; the sixth, which is the
 * resource, may contain colons.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function arnsOverlap(a: string, b: string): boolean {
  if (a === '*' || b === '*') return true;
  const [one, other] = [segments(a), segments(b)];
  return one.length === other.length && one.every((segment, index) => overlap(segment, other[index] ?? ''));
}

function segments(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** Whether two patterns, in which `*` is any text and `?` any character, have a text in common. */
export function overlap(a: string, b: string): boolean {
  const seen = new Set<string>();
  const open: (readonly [number, number])[] = [[0, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [i, j] = next;
    if (seen.has(`${i} ${j}`)) continue;
    seen.add(`${i} ${j}`);
    if (i === a.length && j === b.length) return true;
    if (a[i] === '*') open.push([i + 1, j], ...(j < b.length ? [[i, j + 1] as const] : []));
    else if (b[j] === '*') open.push([i, j + 1], ...(i < a.length ? [[i + 1, j] as const] : []));
    else if (i < a.length && j < b.length && (a[i] === b[j] || a[i] === '?' || b[j] === '?')) open.push([i + 1, j + 1]);
  }
  return false;
}
