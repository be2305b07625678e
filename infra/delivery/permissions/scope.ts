import type { NameScope } from '../../foundation/statement.ts';

/** What the permissions of the workflows are limited to. */
export interface Scope extends NameScope {
  /** Name of the policy that bounds every role which a deployment creates. */
  readonly boundaryName: string;
  /** Names of the processes, and of the release command. */
  readonly processes: readonly string[];
  /** Names of those that run on a schedule. */
  readonly scheduled: readonly string[];
  /** A VPC that is not the stack's. Absent: the stack creates one. */
  readonly existingVpcId?: string;
  /** Name of a cluster that is not the stack's. Absent: the stack creates one. */
  readonly existingCluster?: string;
  /** A listener of a load balancer that is not the stack's. Absent: the stack creates one. */
  readonly existingListener?: { readonly arn: string; readonly securityGroupId: string };
  /** An RDS instance that is not the stack's. Absent: the stack creates one. */
  readonly existingDatabase?: { readonly securityGroupId: string };
  /** A certificate exists, and the stack requests none. */
  readonly hasCertificate?: true;
  /** Absent: the program writes to no hosted zone. */
  readonly domain?: {
    readonly name: string;
    readonly hostedZoneId: string;
    /** Labels in front of the name. */
    readonly hosts: readonly string[];
  };
  /** Role in another account with which a promotion reads the environment before this one. */
  readonly promoteFromRole?: string;
  /** S3 bucket of the Pulumi backend. */
  readonly stateBucket?: string;
  /** ARN or alias of the KMS key that encrypts the secrets in the state. */
  readonly stateKey?: string;
}
