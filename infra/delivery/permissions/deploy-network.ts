import { actions, arn, ownRequest, ownTags, type Statement, withKeys } from '../../foundation/statement.ts';
import type { Scope } from './scope.ts';

/** By what each creates. What is created has no id yet: its tags in the request limit it. */
const creations: Readonly<Record<string, string>> = {
  'elastic-ip': 'AllocateAddress',
  'internet-gateway': 'CreateInternetGateway',
  natgateway: 'CreateNatGateway',
  'route-table': 'CreateRouteTable',
  'security-group': 'CreateSecurityGroup',
  'security-group-rule': 'AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress',
  subnet: 'CreateSubnet',
  vpc: 'CreateVpc',
  'vpc-endpoint': 'CreateVpcEndpoint',
  'vpc-flow-log': 'CreateFlowLogs',
};

/**
 * Permissions of an update for the network. The deploy permissions are separate policies because IAM limits each to 6144
 * characters: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 *
 * Whoever can deploy code can use what its task roles allow, and can change these roles up to their boundary: deployments
 * are as powerful as the reviews of the repository are strict. The roles of the workflows themselves are out of their reach.
 *
 * @param vpcId Only its default security group has neither a name nor tags. Absent: it does not exist yet, and its default
 *   security group stays as AWS makes it.
 */
export function networkPermissions(scope: Scope, vpcId: string | undefined): readonly Statement[] {
  if (scope.existingVpcId !== undefined) return insideOf(scope.existingVpcId, scope);
  return [
    ...creationsOf(scope, creations),
    {
      // Ids are generated, so the tags limit it.
      Sid: 'ChangeOwnNetwork',
      Effect: 'Allow',
      Action: actions({
        ec2: 'AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateFlowLogs CreateNatGateway CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateTags CreateVpcEndpoint DeleteFlowLogs DeleteInternetGateway DeleteNatGateway DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeleteVpcEndpoints DetachInternetGateway DisassociateAddress DisassociateRouteTable ModifySecurityGroupRules ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress ReplaceRoute RevokeSecurityGroupEgress RevokeSecurityGroupIngress',
      }),
      Resource: '*',
      Condition: ownTags(scope),
    },
    ...(vpcId === undefined ? [] : untagged(vpcId, scope)),
  ];
}

/** Of a VPC that exists: what has no tags, or is not the stack's. */
function untagged(vpcId: string, scope: Scope): readonly Statement[] {
  return [
    {
      // AWS creates it with the VPC, without tags. The program takes its rules away.
      Sid: 'EmptyDefaultSecurityGroup',
      Effect: 'Allow',
      Action: actions({ ec2: 'CreateTags RevokeSecurityGroupEgress RevokeSecurityGroupIngress' }),
      Resource: arn(scope, 'ec2', 'security-group/*'),
      Condition: { ArnEquals: { 'ec2:Vpc': arn(scope, 'ec2', `vpc/${vpcId}`) } },
    },
    {
      // Names of AWS's services resolve to an endpoint by a private zone, which EC2 associates on behalf of its caller.
      Sid: 'NameEndpoints',
      Effect: 'Allow',
      Action: actions({ route53: 'AssociateVPCWithHostedZone' }),
      Resource: arn(scope, 'route53', 'hostedzone/*'),
      Condition: { 'ForAllValues:StringLike': { 'route53:VPCs': `VPCId=${vpcId},VPCRegion=*` } },
    },
  ];
}

/** What an update creates in a VPC that is not the stack's: security groups and their rules. It changes no route and no subnet. */
function insideOf(vpcId: string, scope: Scope): readonly Statement[] {
  const { 'security-group': groups = '', 'security-group-rule': rules = '' } = creations;
  return [
    ...creationsOf(scope, { 'security-group': groups, 'security-group-rule': rules }),
    {
      // Asked for the VPC, too, which has no tags of ours.
      Sid: 'CreateInExistingVpc',
      Effect: 'Allow',
      Action: actions({ ec2: 'CreateSecurityGroup' }),
      Resource: arn(scope, 'ec2', `vpc/${vpcId}`),
    },
    ...rulesIn(scope),
    {
      Sid: 'ChangeOwnGroups',
      Effect: 'Allow',
      Action: actions({
        ec2: 'AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateTags DeleteSecurityGroup DeleteTags ModifySecurityGroupRules RevokeSecurityGroupEgress RevokeSecurityGroupIngress',
      }),
      Resource: '*',
      Condition: ownTags(scope),
    },
  ];
}

/** Rules of the stack in groups that are not. Taking one out cannot be limited to its own: EC2 asks for the group alone. */
function rulesIn(scope: Scope): readonly Statement[] {
  const { existingListener, existingDatabase } = scope;
  return [
    ...(existingListener === undefined
      ? []
      : [
          {
            Sid: 'OpenExistingLoadBalancer',
            Effect: 'Allow' as const,
            Action: actions({ ec2: 'AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress' }),
            Resource: arn(scope, 'ec2', `security-group/${existingListener.securityGroupId}`),
          },
        ]),
    ...(existingDatabase === undefined
      ? []
      : [
          {
            Sid: 'OpenExistingDatabase',
            Effect: 'Allow' as const,
            Action: actions({ ec2: 'AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress' }),
            Resource: arn(scope, 'ec2', `security-group/${existingDatabase.securityGroupId}`),
          },
        ]),
  ];
}

function creationsOf(scope: Scope, verbsByKind: Readonly<Record<string, string>>): readonly Statement[] {
  const of = (kind: string) => arn(scope, 'ec2', `${kind}/*`);
  return [
    // An action that creates one resource in another is asked for both: here for the new one, elsewhere for the other.
    ...Object.entries(verbsByKind).map(([kind, verbs]) => ({
      Sid: `Create${pascalCase(kind)}`,
      Effect: 'Allow' as const,
      Action: actions({ ec2: verbs }),
      Resource: of(kind),
      Condition: ownRequest(scope),
    })),
    {
      // Only on creation: tagging an existing resource would make it ours.
      Sid: 'TagWhatIsCreated',
      Effect: 'Allow',
      Action: actions({ ec2: 'CreateTags' }),
      Resource: of('*'),
      Condition: withKeys(ownRequest(scope), {
        StringEquals: {
          'ec2:CreateAction': Object.values(verbsByKind).flatMap((verbs) => verbs.split(' ')),
        },
      }),
    },
  ];
}

/** `route-table` → `RouteTable`. */
function pascalCase(kind: string): string {
  return kind.replaceAll(/(^|-)([a-z])/g, (_, _hyphen, letter: string) => letter.toUpperCase());
}
