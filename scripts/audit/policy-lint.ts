import type { Graph } from '../../infra/graph/record.ts';
import { type Finding, merge } from './findings.ts';
import { arnsOverlap, type PolicyStatement, type Principal, resourcePoliciesOf, rolesOf } from './policies.ts';
import { type Action, actionOf, keyName, resourceTypeOf, type ServiceAuthorization } from './service-authorization.ts';
import { account, region } from './stand-ins.ts';
import type { EvaluatedVariant } from './variants.ts';

/**
 * Keys that every request has, whatever the action.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
const globalKeys: readonly string[] = [
  'aws:PrincipalAccount',
  'aws:ResourceAccount',
  'aws:SecureTransport',
  'aws:SourceAccount',
  'aws:SourceArn',
];

interface Problem extends Pick<Finding, 'rule' | 'message'> {
  /** An action, or the Sid of a statement. */
  readonly about: string;
}

/** What the policies of all variants say that AWS's Service Authorization Reference contradicts. */
export function lintPolicies(
  variants: readonly EvaluatedVariant[],
  reference: ServiceAuthorization,
): readonly Finding[] {
  return merge(variants.flatMap(({ name, graph }) => lintGraph(graph, name, reference)));
}

function lintGraph(graph: Graph, variant: string, reference: ServiceAuthorization): readonly Finding[] {
  const found = ({ name }: Principal, { rule, about, message }: Problem): Finding => ({
    rule,
    resource: `${withoutEnvironment(name, graph.environment)}: ${about}`,
    message: withoutEnvironment(message, graph.environment),
    variants: [variant],
  });
  return [
    ...rolesOf(graph).flatMap((role) =>
      [...role.statements.flatMap((each) => lintStatement(each, reference, true)), ...lintRole(role, reference)].map(
        (problem) => found(role, problem),
      ),
    ),
    ...resourcePoliciesOf(graph).flatMap((policy) =>
      policy.statements
        .flatMap((each) => lintStatement(each, reference, false))
        .map((problem) => found(policy, problem)),
    ),
  ];
}

/** So that a finding is called the same in every environment. */
function withoutEnvironment(text: string, environment: string): string {
  return text.replaceAll(`nest-fargate-${environment}`, 'nest-fargate-<environment>');
}

/** @param limits whether its resources limit it; those of a policy of a resource are that resource */
export function lintStatement(
  statement: PolicyStatement,
  reference: ServiceAuthorization,
  limits: boolean,
): readonly Problem[] {
  const problems: Problem[] = [];
  const { sid, resources } = statement;
  const note = (rule: string, about: string, message: string) =>
    problems.push({ rule: `permissions ${rule}`, about, message });
  const useful = new Set<string>();
  for (const name of statement.actions) {
    if (name.includes('*')) continue;
    const action = actionOf(reference, name);
    if (action === undefined) {
      note(
        'unknown-action',
        name,
        `${sid}: AWS knows no action ${name}, or the snapshot is older than it: npm run audit:infra -- --update-reference`,
      );
      continue;
    }
    if (limits) problems.push(...lintResources(statement, name, action, reference, useful));
    for (const key of keysOf(statement)) {
      if (!knowsKey(key, name, action, reference)) note('unknown-key', name, `${sid}: ${name} does not know ${key}`);
    }
    for (const [type] of matching(statement, name, action, reference)) {
      if (!testsTags(statement) || hasTags(name, type, reference)) continue;
      note('no-tags', name, `${sid}: ${name} never matches ${type}, which has no tags`);
    }
  }
  if (!limits) return problems;
  for (const resource of resources) {
    if (resource !== '*' && !useful.has(resource))
      note('useless-resource', sid, `${sid}: no action is about ${resource}`);
  }
  return problems;
}

function lintResources(
  statement: PolicyStatement,
  name: string,
  action: Action,
  reference: ServiceAuthorization,
  useful: Set<string>,
): readonly Problem[] {
  const { sid, resources, conditions } = statement;
  const types = Object.keys(action.resources);
  const all = resources.includes('*');
  if (types.length === 0) {
    return all ? [] : [{ rule: 'permissions grants-nothing', about: name, message: `${sid}: only * grants ${name}` }];
  }
  const matched = matching(statement, name, action, reference);
  for (const [, resource] of matched) useful.add(resource);
  if (matched.length === 0) {
    const message = `${sid}: ${name} is about ${types.join(', ')}, and none of the resources is`;
    return [{ rule: 'permissions grants-nothing', about: name, message }];
  }
  if (all && Object.keys(conditions).length === 0) {
    return [
      { rule: 'permissions too-wide', about: name, message: `${sid}: ${name} can be limited to ${types.join(', ')}` },
    ];
  }
  return [];
}

/** The resource types of an action that a statement reaches, each with the pattern that reaches it. */
function matching(
  { resources }: PolicyStatement,
  name: string,
  action: Action,
  reference: ServiceAuthorization,
): readonly (readonly [type: string, resource: string])[] {
  return Object.keys(action.resources).flatMap((type) =>
    resources
      .filter((resource) => arnsOverlap(resource, formatOf(name, type, reference)))
      .map((resource) => [type, resource] as const),
  );
}

const known: Readonly<Record<string, string>> = { Partition: 'aws', Region: region, Account: account };

/** The ARN of a resource type as a pattern. */
export function formatOf(action: string, type: string, reference: ServiceAuthorization): string {
  const { arn = '*' } = resourceTypeOf(reference, action, type) ?? {};
  return arn.replaceAll(/\$\{([^}]+)\}/g, (_, part: string) => known[part] ?? '*').replaceAll(/\*+/g, '*');
}

function keysOf({ conditions }: PolicyStatement): readonly string[] {
  return [...new Set(Object.values(conditions).flatMap(Object.keys))];
}

function knowsKey(key: string, name: string, action: Action, reference: ServiceAuthorization): boolean {
  const base = keyName(key);
  if (globalKeys.includes(base)) return true;
  const types = Object.entries(action.resources);
  return [
    ...action.conditionKeys,
    ...types.flatMap(([, { conditionKeys }]) => conditionKeys),
    ...types.flatMap(([type]) => resourceTypeOf(reference, name, type)?.conditionKeys ?? []),
  ].includes(base);
}

const tagKey = 'aws:ResourceTag';

function testsTags(statement: PolicyStatement): boolean {
  return Object.entries(statement.conditions).some(
    ([operator, keys]) => !operator.endsWith('IfExists') && Object.keys(keys).some((key) => keyName(key) === tagKey),
  );
}

function hasTags(action: string, type: string, reference: ServiceAuthorization): boolean {
  return resourceTypeOf(reference, action, type)?.conditionKeys.includes(tagKey) === true;
}

/** What only all statements of a role together can say. */
function lintRole({ statements }: Principal, reference: ServiceAuthorization): readonly Problem[] {
  const allowed = statements.filter(({ effect }) => effect === 'Allow');
  const names = new Set(allowed.flatMap(({ actions }) => actions));
  const granted = new Set([...names].map((name) => name.toLowerCase()));
  return [...names].flatMap((name) => {
    const action = actionOf(reference, name);
    if (action === undefined) return [];
    const granting = allowed.filter(({ actions }) => actions.includes(name));
    const reached = new Set(granting.flatMap((each) => matching(each, name, action, reference).map(([type]) => type)));
    const types = Object.entries(action.resources);
    const unreached = types.filter(([type, { required }]) => required && !reached.has(type));
    const dependent = [
      ...action.dependentActions,
      ...types.filter(([type]) => reached.has(type)).flatMap(([, { dependentActions }]) => dependentActions),
    ].filter((other) => !granted.has(other.toLowerCase()));
    return [
      ...unreached.map(([type]) => ({
        rule: 'permissions unreached-type',
        about: name,
        message: `${name} needs ${type}, too`,
      })),
      ...[...new Set(dependent)].map((other) => ({
        rule: 'permissions dependent-action',
        about: name,
        message: `${name} needs ${other}, too`,
      })),
    ];
  });
}
