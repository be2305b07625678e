import { fieldsOf, listOf, type NamedRule } from './rule.ts';

const isWorld = (range: unknown) => range === '0.0.0.0/0' || range === '::/0';

/** The load balancer's listeners: HTTP, to be redirected, and HTTPS. Its security group is that of component `edge`. */
function isLoadBalancers(name: string, from: unknown, to: unknown): boolean {
  return name.startsWith('edge-') && from === to && (from === 80 || from === 443);
}

export const openPort: NamedRule = {
  name: 'open-port',
  description: 'The world reaches ports 80 and 443 of the load balancer and nothing else.',
  check: ({ type, name, inputs }) => {
    if (type === 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule') {
      const { cidrIpv4, cidrIpv6, fromPort, toPort } = inputs;
      const open = [cidrIpv4, cidrIpv6].some(isWorld) && !isLoadBalancers(name, fromPort, toPort);
      return open ? [`Ports ${String(fromPort)} to ${String(toPort)} are open to the world.`] : [];
    }
    if (type !== 'aws:ec2/securityGroup:SecurityGroup') return [];
    const ranges = listOf(inputs['ingress']).map(fieldsOf);
    return ranges
      .filter(({ cidrBlocks, ipv6CidrBlocks }) => [...listOf(cidrBlocks), ...listOf(ipv6CidrBlocks)].some(isWorld))
      .map(() => 'A rule within the group is open to the world.');
  },
};
