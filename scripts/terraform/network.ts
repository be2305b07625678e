import { fieldsOf, zonesOf } from '../../infra/graph/query.ts';
import type { RecordedResource } from '../../infra/graph/record.ts';
import { labelOf } from './expressions.ts';

type Bodies = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Subnets of one kind are next to each other, in the order of the zones. */
const kinds = ['public', 'private', 'isolated'] as const;

/**
 * What the provider of awsx creates for its VPC, by Terraform type and name. The graph has only the component, since its
 * resources are registered by the provider. Address ranges are in the same sizes, not at the same places.
 */
export function networkResources({ name, inputs }: RecordedResource): Readonly<Record<string, Bodies>> {
  const label = labelOf(name);
  const zones = zonesOf(inputs);
  const range = fieldsOf({ mask: Number(String(inputs['cidrBlock']).split('/')[1]) });
  const bits = kinds.flatMap((kind) =>
    Array.from({ length: zones }, () => maskOf(inputs, kind) - Number(range['mask'])),
  );
  const tags = { tags: inputs['tags'] };
  const vpc = { vpc_id: `\${aws_vpc.${label}.id}` };
  const subnets: Record<string, Record<string, unknown>> = {};
  const tables: Record<string, Record<string, unknown>> = {};
  const associations: Record<string, Record<string, unknown>> = {};
  const routes: Record<string, Record<string, unknown>> = {};
  const gateways = natGateways(inputs, zones);
  kinds.forEach((kind, row) => {
    for (let zone = 0; zone < zones; zone++) {
      const index = row * zones + zone;
      const subnet = `${label}-${kind}-${zone}`;
      subnets[subnet] = {
        ...vpc,
        availability_zone: Array.isArray(inputs['availabilityZoneNames']) ? inputs['availabilityZoneNames'][zone] : '',
        cidr_block: `\${cidrsubnets(aws_vpc.${label}.cidr_block, ${bits.join(', ')})[${index}]}`,
        map_public_ip_on_launch: kind === 'public',
        ...tags,
      };
      const table = `${label}-${index}`;
      tables[table] = { ...vpc, ...tags };
      associations[table] = {
        subnet_id: `\${aws_subnet.${subnet}.id}`,
        route_table_id: `\${aws_route_table.${table}.id}`,
      };
      const way = routeOf(kind, label, Math.min(zone, gateways - 1));
      if (way === undefined) continue;
      routes[table] = {
        route_table_id: `\${aws_route_table.${table}.id}`,
        destination_cidr_block: '0.0.0.0/0',
        ...way,
      };
    }
  });
  const each = (body: (index: number) => Record<string, unknown>) =>
    Object.fromEntries(Array.from({ length: gateways }, (_, index) => [`${label}-${index}`, body(index)]));
  return {
    aws_vpc: {
      [label]: { cidr_block: inputs['cidrBlock'], enable_dns_hostnames: inputs['enableDnsHostnames'], ...tags },
    },
    aws_internet_gateway: { [label]: { ...vpc, ...tags } },
    aws_subnet: subnets,
    aws_route_table: tables,
    aws_route_table_association: associations,
    aws_route: routes,
    aws_eip: each(() => ({ domain: 'vpc', ...tags })),
    aws_nat_gateway: each((index) => ({
      allocation_id: `\${aws_eip.${label}-${index}.id}`,
      subnet_id: `\${aws_subnet.${label}-public-${index}.id}`,
      ...tags,
    })),
  };
}

/** How the internet is reached from a subnet of a kind, if at all. */
function routeOf(kind: (typeof kinds)[number], label: string, gateway: number): Record<string, string> | undefined {
  if (kind === 'public') return { gateway_id: `\${aws_internet_gateway.${label}.id}` };
  if (kind === 'isolated' || gateway < 0) return undefined;
  return { nat_gateway_id: `\${aws_nat_gateway.${label}-${gateway}.id}` };
}

function natGateways(inputs: RecordedResource['inputs'], zones: number): number {
  const { strategy } = fieldsOf(inputs['natGateways']);
  return strategy === 'OnePerAz' ? zones : strategy === 'Single' ? 1 : 0;
}

function maskOf(inputs: RecordedResource['inputs'], kind: string): number {
  const specs: readonly unknown[] = Array.isArray(inputs['subnetSpecs']) ? inputs['subnetSpecs'] : [];
  return Number(specs.map(fieldsOf).find(({ name }) => name === kind)?.['cidrMask']);
}
