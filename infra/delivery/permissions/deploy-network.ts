import { physicalName } from '../../foundation/naming.ts';
import { actions, arn, type Scope, type Statement } from './statement.ts';

/**
 * Permissions of an update for network and load balancer. The deploy permissions are separate policies because IAM limits
 * each to 6144 characters: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 *
 * Whoever can deploy code can use what its task roles allow, and can change these roles: deployments are as powerful as
 * the reviews of the repository are strict. The roles of the workflows themselves are out of their reach.
 */
export function networkPermissions(scope: Scope): readonly Statement[] {
  return [...networkChanges(scope), ...loadBalancerChanges(scope)];
}

function networkChanges({ naming }: Scope): readonly Statement[] {
  const { Project, Environment } = naming.tags;
  const creations =
    'AllocateAddress CreateFlowLogs CreateInternetGateway CreateNatGateway CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateVpc CreateVpcEndpoint';
  return [
    {
      // New resources have no name or tag to match, and routes never have: their resource is the route table.
      Sid: 'CreateNetwork',
      Effect: 'Allow',
      Action: actions({ ec2: creations }),
      Resource: '*',
    },
    {
      // Only on creation: tagging an existing resource would make it ours.
      Sid: 'TagWhatIsCreated',
      Effect: 'Allow',
      Action: actions({ ec2: 'CreateTags' }),
      Resource: '*',
      Condition: {
        StringEquals: {
          'ec2:CreateAction': [
            ...creations.split(' '),
            'AuthorizeSecurityGroupEgress',
            'AuthorizeSecurityGroupIngress',
          ],
        },
      },
    },
    {
      // Ids are generated, so the tags limit it.
      Sid: 'ChangeOwnNetwork',
      Effect: 'Allow',
      Action: actions({
        ec2: 'AssociateAddress AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateTags DeleteFlowLogs DeleteInternetGateway DeleteNatGateway DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeleteVpcEndpoints DetachInternetGateway DisassociateAddress DisassociateRouteTable ModifySecurityGroupRules ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress ReplaceRoute RevokeSecurityGroupEgress RevokeSecurityGroupIngress',
      }),
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/Project': Project, 'aws:ResourceTag/Environment': Environment } },
    },
  ];
}

function loadBalancerChanges(scope: Scope): readonly Statement[] {
  const { prefix } = scope.naming;
  const of = (resource: string) => arn(scope, 'elasticloadbalancing', resource);
  const loadBalancer = physicalName(scope.naming, '', 'loadBalancer');
  return [
    {
      Sid: 'LoadBalancer',
      Effect: 'Allow',
      Action: actions({
        elasticloadbalancing:
          'AddTags CreateListener CreateLoadBalancer CreateRule CreateTargetGroup DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup ModifyListener ModifyListenerAttributes ModifyLoadBalancerAttributes ModifyRule ModifyTargetGroup ModifyTargetGroupAttributes RemoveTags SetRulePriorities SetSecurityGroups SetSubnets SetWebACL',
      }),
      Resource: [
        of(`loadbalancer/app/${loadBalancer}/*`),
        of(`listener/app/${loadBalancer}/*`),
        of(`listener-rule/app/${loadBalancer}/*`),
        // Pulumi generates the name, so that a replacement can exist beside it.
        of('targetgroup/edge-*/*'),
      ],
    },
    {
      Sid: 'Firewall',
      Effect: 'Allow',
      Action: actions({
        wafv2: 'AssociateWebACL CreateWebACL DeleteWebACL DisassociateWebACL TagResource UntagResource UpdateWebACL',
      }),
      Resource: [
        arn(scope, 'wafv2', `regional/webacl/${prefix}/*`),
        arn(scope, 'wafv2', 'regional/managedruleset/*/*'),
        of(`loadbalancer/app/${loadBalancer}/*`),
      ],
    },
  ];
}
