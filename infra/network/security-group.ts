import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { SecurityGroupEgressRule } from '@pulumi/aws/vpc/securityGroupEgressRule.js';
import { SecurityGroupIngressRule } from '@pulumi/aws/vpc/securityGroupIngressRule.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Naming } from '../foundation/naming.ts';

export interface SecurityGroupArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly description: string;
  readonly naming: Naming;
}

/** A security group without rules: nothing in, nothing out. Changing its description replaces it. */
export function createSecurityGroup(
  name: string,
  { vpcId, description, naming }: SecurityGroupArgs,
  parent: pulumi.Resource,
): SecurityGroup {
  // Rules are separate resources. Inline rules would remove them.
  return new SecurityGroup(name, { vpcId, description, tags: naming.tags }, { parent });
}

/** A security group, of the stack or not. */
export interface HasId {
  readonly id: pulumi.Input<string>;
}

export interface Connection {
  readonly from: HasId;
  readonly to: HasId;
  readonly port: number;
  readonly description: string;
  readonly naming: Naming;
}

/** Allows TCP connections from one group to another, with a rule in each group that references the other. */
export function allowConnection(
  name: string,
  { from, to, port, description, naming }: Connection,
  parent: pulumi.Resource,
): readonly pulumi.Resource[] {
  const rule = { ipProtocol: 'tcp', fromPort: port, toPort: port, description, tags: naming.tags };
  return [
    new SecurityGroupEgressRule(
      `${name}-out`,
      { ...rule, securityGroupId: from.id, referencedSecurityGroupId: to.id },
      { parent },
    ),
    new SecurityGroupIngressRule(
      `${name}-in`,
      { ...rule, securityGroupId: to.id, referencedSecurityGroupId: from.id },
      { parent },
    ),
  ];
}

/** Allows outbound HTTPS to any address: the endpoints of ECR, Secrets Manager and CloudWatch are public. */
export function allowHttpsOut(
  name: string,
  { from, naming }: Pick<Connection, 'from' | 'naming'>,
  parent: pulumi.Resource,
): readonly pulumi.Resource[] {
  return allowOut(name, { from, port: 443, description: 'AWS APIs and outbound HTTPS', naming }, parent);
}

/** Allows outbound TCP connections to one port of any address. */
export function allowOut(
  name: string,
  { from, port, description, naming }: Omit<Connection, 'to'>,
  parent: pulumi.Resource,
): readonly pulumi.Resource[] {
  return [
    new SecurityGroupEgressRule(
      name,
      {
        securityGroupId: from.id,
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        cidrIpv4: '0.0.0.0/0',
        description,
        tags: naming.tags,
      },
      { parent },
    ),
  ];
}
