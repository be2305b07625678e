import type { Naming } from '../../foundation/naming.ts';

/** A policy statement. Actions are named one by one, and a resource of `*` has a reason. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Names and ids that resource patterns are built from. */
export interface Scope {
  readonly naming: Naming;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly stateBucket?: string;
}

type Verbs = Readonly<Record<string, string>>;

/** Prefixes actions with their service: `actions({ ecs: 'CreateCluster TagResource' })`. */
export function actions(byService: Verbs): readonly string[] {
  return Object.entries(byService).flatMap(([service, verbs]) =>
    verbs.split(/\s+/).map((verb) => `${service}:${verb}`),
  );
}

/** An ARN pattern with any account: a role can act in another account only if that account allows it, and none does. */
export function arn({ partition }: Pick<Scope, 'partition'>, service: string, resource: string): string {
  const regionless = ['iam', 's3', 'route53'].includes(service);
  const account = service === 's3' || service === 'route53' ? '' : '*';
  return `arn:${partition}:${service}:${regionless ? '' : '*'}:${account}:${resource}`;
}
