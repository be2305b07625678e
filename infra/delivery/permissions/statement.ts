import type { Naming } from '../../foundation/naming.ts';

/** A statement of a policy; everything is said exactly, and a `*` says why. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** What the patterns are made of: the names of an environment, and the ids that AWS chose for it. */
export interface Scope {
  readonly naming: Naming;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly stateBucket?: string;
}

type Verbs = Readonly<Record<string, string>>;

/** `actions({ ecs: 'CreateCluster TagResource' })`: each action under the name of its service. */
export function actions(byService: Verbs): readonly string[] {
  return Object.entries(byService).flatMap(([service, verbs]) =>
    verbs.split(/\s+/).map((verb) => `${service}:${verb}`),
  );
}

/** The account in a pattern is any: a role acts in others only where these let it, and none here does. */
export function arn({ partition }: Pick<Scope, 'partition'>, service: string, resource: string): string {
  const regionless = ['iam', 's3', 'route53'].includes(service);
  const account = service === 's3' || service === 'route53' ? '' : '*';
  return `arn:${partition}:${service}:${regionless ? '' : '*'}:${account}:${resource}`;
}
