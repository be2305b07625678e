import { isPattern, type Naming } from './naming.ts';

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** A policy statement. Actions are named one by one, and a resource of `*` has a reason. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Conditions;
}

/** Names that resource patterns are built from. */
export interface NameScope {
  readonly naming: Naming;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
}

type Verbs = Readonly<Record<string, string>>;

/** Prefixes actions with their service: `actions({ ecs: 'CreateCluster TagResource' })`. */
export function actions(byService: Verbs): readonly string[] {
  return Object.entries(byService).flatMap(([service, verbs]) =>
    verbs.split(/\s+/).map((verb) => `${service}:${verb}`),
  );
}

/** An ARN pattern with any account: a role can act in another account only if that account allows it, and none does. */
export function arn({ partition }: Pick<NameScope, 'partition'>, service: string, resource: string): string {
  const regionless = ['iam', 's3', 'route53', 'chatbot'].includes(service);
  const account = service === 's3' || service === 'route53' ? '' : '*';
  return `arn:${partition}:${service}:${regionless ? '' : '*'}:${account}:${resource}`;
}

/** Matches as many characters: of an id that AWS or Pulumi appends to a name, so that the pattern matches no longer name. */
export function anyId(length: number): string {
  return '?'.repeat(length);
}

/** Only resources of this environment, by their tags: the name of another environment may begin with that of this one. */
export function ownTags({ naming }: Pick<NameScope, 'naming'>): Conditions {
  return { [comparison(naming)]: tagsUnder('aws:ResourceTag', naming) };
}

/** Only a request that tags what it creates as this environment's. */
export function ownRequest({ naming }: Pick<NameScope, 'naming'>): Conditions {
  return { [comparison(naming)]: tagsUnder('aws:RequestTag', naming) };
}

/** Sets tags on what is new or has none of an environment, so that nobody makes another environment's resource their own. */
export function ownOrNew({ naming }: Pick<NameScope, 'naming'>): Conditions {
  return {
    [comparison(naming)]: tagsUnder('aws:RequestTag', naming),
    [`${comparison(naming)}IfExists`]: tagsUnder('aws:ResourceTag', naming),
  };
}

/** Conditions that must hold together. */
export function withKeys(conditions: Conditions, others: Conditions): Conditions {
  const operators = new Set([...Object.keys(conditions), ...Object.keys(others)]);
  return Object.fromEntries(
    [...operators].map((operator) => [operator, { ...conditions[operator], ...others[operator] }]),
  );
}

function comparison(naming: Naming): 'StringEquals' | 'StringLike' {
  return isPattern(naming) ? 'StringLike' : 'StringEquals';
}

function tagsUnder(key: string, { tags }: Naming): Readonly<Record<string, string>> {
  return { [`${key}/Project`]: tags.Project, [`${key}/Environment`]: tags.Environment };
}
