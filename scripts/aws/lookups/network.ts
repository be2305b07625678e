import {
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  type EC2Client,
  type Filter,
  type NatGatewayAddress,
  type RouteTable,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { ListResourceRecordSetsCommand, type ResourceRecordSet, type RRType } from '@aws-sdk/client-route-53';
import { dated, type Inputs, type Lookup, named, tagsOf, text, unlessAbsent } from './lookup.ts';

function where(...filters: readonly (readonly [name: string, value: string])[]): { readonly Filters: Filter[] } {
  return { Filters: filters.map(([Name, value]) => ({ Name, Values: [value] })) };
}

/** Whether a rule of a security group is the one that the inputs ask for. */
function isRule(inputs: Inputs, egress: boolean): (rule: SecurityGroupRule) => boolean {
  return (rule) =>
    rule.IsEgress === egress &&
    rule.IpProtocol === text(inputs, 'ipProtocol') &&
    (rule.FromPort ?? -1) === (inputs['fromPort'] ?? -1) &&
    (rule.ToPort ?? -1) === (inputs['toPort'] ?? -1) &&
    (rule.CidrIpv4 ?? '') === text(inputs, 'cidrIpv4') &&
    (rule.CidrIpv6 ?? '') === text(inputs, 'cidrIpv6') &&
    (rule.PrefixListId ?? '') === text(inputs, 'prefixListId') &&
    (rule.ReferencedGroupInfo?.GroupId ?? '') === text(inputs, 'referencedSecurityGroupId');
}

function ruleLookup(egress: boolean): Lookup {
  return {
    what: 'rule of a security group',
    nameOf: named('description'),
    collides: true,
    inside: true,
    async find({ clients: { ec2 } }, inputs) {
      const asked = where(['group-id', text(inputs, 'securityGroupId')]);
      const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand(asked));
      const found = SecurityGroupRules.find(isRule(inputs, egress));
      if (found?.SecurityGroupRuleId === undefined) return undefined;
      return { importId: found.SecurityGroupRuleId, ready: true };
    },
  };
}

async function routeTable(ec2: EC2Client, id: string): Promise<RouteTable | undefined> {
  const asked = new DescribeRouteTablesCommand({ RouteTableIds: [id] });
  const answer = await unlessAbsent(() => ec2.send(asked), 'InvalidRouteTableID.NotFound');
  return answer?.RouteTables?.[0];
}

function withoutDot(name = ''): string {
  return name.replace(/\.$/, '').toLowerCase();
}

/** A record has no tags: it is the stack's if it points to where the program lets it point. */
function pointsAsAsked({ AliasTarget, ResourceRecords }: ResourceRecordSet, inputs: Inputs): boolean {
  const { aliases = [], records = [] } = inputs;
  const [alias] = Array.isArray(aliases) ? aliases : [];
  if (AliasTarget !== undefined) {
    // Route 53 returns the addresses of load balancers with this prefix.
    const target = withoutDot(AliasTarget.DNSName).replace(/^dualstack\./, '');
    return alias !== undefined && target === withoutDot(String(alias.name)).replace(/^dualstack\./, '');
  }
  const values = (ResourceRecords ?? []).map(({ Value }) => withoutDot(Value)).toSorted();
  const wanted = (Array.isArray(records) ? records : []).map((value) => withoutDot(String(value))).toSorted();
  return values.length > 0 && values.join(' ') === wanted.join(' ');
}

/** What lies in a VPC, and DNS. */
export const networkLookups: Readonly<Record<string, Lookup>> = {
  'aws:ec2/subnet:Subnet': {
    what: 'subnet',
    nameOf: named('cidrBlock'),
    collides: true,
    inside: true,
    async find({ clients: { ec2 } }, inputs) {
      const asked = where(['vpc-id', text(inputs, 'vpcId')], ['cidr-block', text(inputs, 'cidrBlock')]);
      const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand(asked));
      const { SubnetId, Tags } = Subnets[0] ?? {};
      return SubnetId === undefined ? undefined : { importId: SubnetId, tags: tagsOf(Tags), ready: true };
    },
  },
  'aws:ec2/internetGateway:InternetGateway': {
    what: 'internet gateway',
    nameOf: named('vpcId'),
    collides: true,
    inside: true,
    async find({ clients: { ec2 } }, inputs) {
      const asked = where(['attachment.vpc-id', text(inputs, 'vpcId')]);
      const { InternetGateways = [] } = await ec2.send(new DescribeInternetGatewaysCommand(asked));
      const { InternetGatewayId, Tags } = InternetGateways[0] ?? {};
      if (InternetGatewayId === undefined) return undefined;
      return { importId: InternetGatewayId, tags: tagsOf(Tags), ready: true };
    },
  },
  'aws:ec2/natGateway:NatGateway': {
    what: 'NAT gateway',
    nameOf: named('subnetId'),
    collides: false,
    inside: true,
    async find({ clients: { ec2 } }, inputs) {
      const { Filters } = where(['subnet-id', text(inputs, 'subnetId')]);
      const { NatGateways = [] } = await ec2.send(new DescribeNatGatewaysCommand({ Filter: Filters }));
      const isAsked = ({ AllocationId }: NatGatewayAddress) => AllocationId === inputs['allocationId'];
      const found = NatGateways.find(
        ({ State, NatGatewayAddresses: addresses = [] }) =>
          (State === 'pending' || State === 'available') && (addresses.length === 0 || addresses.some(isAsked)),
      );
      if (found?.NatGatewayId === undefined) return undefined;
      const ready = found.State === 'available';
      return { importId: found.NatGatewayId, tags: tagsOf(found.Tags), ...dated(found.CreateTime), ready };
    },
  },
  'aws:ec2/routeTableAssociation:RouteTableAssociation': {
    what: 'association of a route table',
    nameOf: named('subnetId'),
    collides: true,
    inside: true,
    async find({ clients: { ec2 } }, inputs) {
      const [subnet, table] = [text(inputs, 'subnetId'), text(inputs, 'routeTableId')];
      const found = (await routeTable(ec2, table))?.Associations?.some(({ SubnetId }) => SubnetId === subnet);
      return found === true ? { importId: `${subnet}/${table}`, ready: true } : undefined;
    },
  },
  'aws:ec2/route:Route': {
    what: 'route',
    nameOf: named('destinationCidrBlock'),
    collides: true,
    inside: true,
    async find({ clients: { ec2 } }, inputs) {
      const [table, destination] = [text(inputs, 'routeTableId'), text(inputs, 'destinationCidrBlock')];
      const found = (await routeTable(ec2, table))?.Routes?.some(
        ({ DestinationCidrBlock }) => DestinationCidrBlock === destination,
      );
      return found === true ? { importId: `${table}_${destination}`, ready: true } : undefined;
    },
  },
  'aws:ec2/securityGroup:SecurityGroup': {
    what: 'security group',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { ec2 } }, inputs) {
      const asked = where(['vpc-id', text(inputs, 'vpcId')], ['group-name', text(inputs, 'name')]);
      const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand(asked));
      const { GroupId, Tags } = SecurityGroups[0] ?? {};
      return GroupId === undefined ? undefined : { importId: GroupId, tags: tagsOf(Tags), ready: true };
    },
  },
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': ruleLookup(false),
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': ruleLookup(true),
  'aws:ec2/vpcEndpoint:VpcEndpoint': {
    what: 'VPC endpoint',
    nameOf: named('serviceName'),
    collides: true,
    inside: true,
    async find({ clients: { ec2 } }, inputs) {
      const asked = where(['vpc-id', text(inputs, 'vpcId')], ['service-name', text(inputs, 'serviceName')]);
      const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand(asked));
      const found = VpcEndpoints.find(
        ({ ServiceName, State = '' }) =>
          ServiceName === text(inputs, 'serviceName') && !/^(deleting|deleted|failed|rejected)$/i.test(State),
      );
      if (found?.VpcEndpointId === undefined) return undefined;
      const ready = !/^pending$/i.test(found.State ?? '');
      return { importId: found.VpcEndpointId, tags: tagsOf(found.Tags), ...dated(found.CreationTimestamp), ready };
    },
  },
  'aws:ec2/flowLog:FlowLog': {
    what: 'flow log',
    nameOf: named('vpcId'),
    collides: true,
    inside: true,
    async find({ clients: { ec2 } }, inputs) {
      const { Filters } = where(['resource-id', text(inputs, 'vpcId')]);
      const { FlowLogs = [] } = await ec2.send(new DescribeFlowLogsCommand({ Filter: Filters }));
      const found = FlowLogs.find(({ TrafficType }) => TrafficType === text(inputs, 'trafficType'));
      if (found?.FlowLogId === undefined) return undefined;
      return { importId: found.FlowLogId, tags: tagsOf(found.Tags), ...dated(found.CreationTime), ready: true };
    },
  },
  'aws:route53/record:Record': {
    what: 'DNS record',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { dns } }, inputs) {
      const [zone, name, type] = [text(inputs, 'zoneId'), text(inputs, 'name'), text(inputs, 'type')];
      const { ResourceRecordSets = [] } = await dns.send(
        new ListResourceRecordSetsCommand({
          HostedZoneId: zone,
          StartRecordName: name,
          StartRecordType: type as RRType,
          MaxItems: 1,
        }),
      );
      const [found] = ResourceRecordSets;
      if (found?.Type !== type || withoutDot(found.Name) !== withoutDot(name)) return undefined;
      return { importId: `${zone}_${withoutDot(name)}_${type}`, asAsked: pointsAsAsked(found, inputs), ready: true };
    },
  },
};
