import { fieldsOf, listOf, type NamedRule } from './rule.ts';

const isWorld = (range: unknown) => range === '0.0.0.0/0' || range === '::/0';

/** Ports of the load balancer, whose security group belongs to the component `edge`. */
function isLoadBalancers(name: string, from: unknown, to: unknown): boolean {
  return name.startsWith('edge-') && from === to && (from === 80 || from === 443);
}

export const openPort: NamedRule = {
  name: 'open-port',
  description: 'Only ports 80 and 443 of the load balancer are open to the internet.',
  check: ({ type, name, inputs }) => {
    if (type === 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule') {
      const { cidrIpv4, cidrIpv6, fromPort, toPort } = inputs;
      const open = [cidrIpv4, cidrIpv6].some(isWorld) && !isLoadBalancers(name, fromPort, toPort);
      return open ? [`Ports ${String(fromPort)} to ${String(toPort)} are open to the internet.`] : [];
    }
    if (type !== 'aws:ec2/securityGroup:SecurityGroup') return [];
    const ranges = listOf(inputs['ingress']).map(fieldsOf);
    return ranges
      .filter(({ cidrBlocks, ipv6CidrBlocks }) => [...listOf(cidrBlocks), ...listOf(ipv6CidrBlocks)].some(isWorld))
      .map(() => 'An inline rule of the security group is open to the internet.');
  },
};
