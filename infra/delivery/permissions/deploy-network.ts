import { physicalName } from '../../foundation/naming.ts';
import { actions, arn, type Scope, type Statement } from './statement.ts';

/** What an update changes in the network and at the load balancer. */
export function networkPermissions(scope: Scope): readonly Statement[] {
  return [...networkChanges(scope), ...loadBalancerChanges(scope)];
}

function networkChanges({ naming }: Scope): readonly Statement[] {
  const { Project, Environment } = naming.tags;
  const creations =
    'AllocateAddress CreateFlowLogs CreateInternetGateway CreateNatGateway CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateVpc CreateVpcEndpoint';
  return [
    {
      // What does not exist yet has no name or tag to ask for, and a route never has: the parent is its resource.
      Sid: 'CreateNetwork',
      Effect: 'Allow',
      Action: actions({ ec2: creations }),
      Resource: '*',
    },
    {
      // Only while it is made: a tag on what others own would make it ours.
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
      // The ids are AWS's; the tags say whose they are.
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
        // Pulumi names it, so that the next one can exist beside it.
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
