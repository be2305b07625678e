import { asList, type CallOfType, type CreateCalls, ec2Tags, generated, tags } from './call.ts';

/** Security groups, endpoints and flow logs. The VPC itself is a component of awsx. */
export const networkCalls: Readonly<Record<string, CreateCalls>> = {
  'aws:ec2/securityGroup:SecurityGroup': {
    calls: [
      {
        service: 'ec2',
        operation: 'CreateSecurityGroup',
        members: { description: 'Description', vpcId: 'VpcId', tags: ec2Tags('security-group') },
        others: (name) => ({ GroupName: generated(name) }),
      },
    ],
  },
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': {
    calls: [
      {
        service: 'ec2',
        operation: 'DescribeSecurityGroups',
        members: { vpcId: ['Filters', (value) => [{ Name: 'vpc-id', Values: [value] }]] },
      },
      {
        service: 'ec2',
        operation: 'CreateTags',
        members: {
          tags,
        },
        others: () => ({ Resources: ['sg-0123456789abcdef0'] }),
      },
    ],
  },
  'aws:ec2/flowLog:FlowLog': {
    calls: [
      {
        service: 'ec2',
        operation: 'CreateFlowLogs',
        members: {
          vpcId: ['ResourceIds', asList],
          trafficType: 'TrafficType',
          logDestination: 'LogDestination',
          iamRoleArn: 'DeliverLogsPermissionArn',
          tags: ec2Tags('vpc-flow-log'),
        },
        others: () => ({ ResourceType: 'VPC' }),
      },
    ],
  },
  'aws:ec2/vpcEndpoint:VpcEndpoint': {
    calls: [
      {
        service: 'ec2',
        operation: 'CreateVpcEndpoint',
        members: {
          vpcId: 'VpcId',
          serviceName: 'ServiceName',
          vpcEndpointType: 'VpcEndpointType',
          routeTableIds: 'RouteTableIds',
          subnetIds: 'SubnetIds',
          securityGroupIds: 'SecurityGroupIds',
          privateDnsEnabled: 'PrivateDnsEnabled',
          tags: ec2Tags('vpc-endpoint'),
        },
      },
    ],
  },
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': { calls: [ruleCall('AuthorizeSecurityGroupEgress')] },
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': { calls: [ruleCall('AuthorizeSecurityGroupIngress')] },
};

function ruleCall(operation: string): CallOfType {
  return {
    service: 'ec2',
    operation,
    members: {
      securityGroupId: 'GroupId',
      tags: ec2Tags('security-group-rule'),
      ipProtocol: 'IpPermissions[0].IpProtocol',
      fromPort: 'IpPermissions[0].FromPort',
      toPort: 'IpPermissions[0].ToPort',
      cidrIpv4: 'IpPermissions[0].IpRanges[0].CidrIp',
      referencedSecurityGroupId: 'IpPermissions[0].UserIdGroupPairs[0].GroupId',
      // AWS takes it beside either peer.
      description: 'IpPermissions[0].IpRanges[0].Description',
    },
  };
}
