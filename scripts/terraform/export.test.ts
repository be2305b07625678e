import { beforeAll, describe, expect, it } from 'vitest';
import { ofType } from '../../infra/graph/query.ts';
import type { Graph } from '../../infra/graph/record.ts';
import { graphOf } from '../../infra/testing/graph-of.ts';
import { exportTerraform, type TerraformDocument } from './export.ts';
import { writeHcl } from './hcl.ts';

const region = 'eu-central-1';
/** An expression of Terraform. */
const value = (expression: string) => `\${${expression}}`;

/** The references in a document, as `type.name`. */
function referencesIn(document: TerraformDocument): readonly string[] {
  const text = JSON.stringify(document.resource);
  return [...text.matchAll(/(?<!\$)\$\{(?:\w+\()?(data\.[a-z0-9_]+\.[a-z]+|[a-z0-9_]+\.[A-Za-z0-9_-]+)/g)].map(
    ([, name = '']) => name,
  );
}

describe('an export', () => {
  let graph: Graph;
  let document: TerraformDocument;

  beforeAll(async () => {
    graph = await graphOf('prod', { domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' });
    document = exportTerraform(graph, region);
  });

  it('has every resource of AWS, and what awsx creates for the network', () => {
    const exported = Object.values(document.resource).reduce((sum, bodies) => sum + Object.keys(bodies).length, 0);
    const recorded = graph.resources.filter(({ custom, type }) => custom && type.startsWith('aws:')).length;
    // One VPC and internet gateway; 2 zones with 3 subnets, tables and associations each, 4 of them with a route; 2 NAT gateways with addresses.
    const network = 2 + 6 * 3 + 4 + 2 * 2;

    expect(exported).toBe(recorded + network);
  });

  it('refers only to what it contains', () => {
    const contained = [...Object.entries(document.resource), ...Object.entries(document.data)].flatMap(
      ([type, bodies]) => Object.keys(bodies).flatMap((name) => [`${type}.${name}`, `data.${type}.${name}`]),
    );

    expect(referencesIn(document).length).toBeGreaterThan(150);
    expect(referencesIn(document).filter((name) => !contained.includes(name))).toEqual([]);
  });

  it('names arguments as Terraform does, with references in the place of tokens', () => {
    expect(document.resource['aws_lb_listener']?.['edge-http']).toMatchObject({
      load_balancer_arn: value('aws_lb.edge.arn'),
      default_action: [{ type: 'redirect', redirect: { status_code: 'HTTP_301' } }],
    });
    expect(document.resource['aws_db_instance']?.['database']).toMatchObject({
      multi_az: true,
      vpc_security_group_ids: [value('aws_security_group.database.id')],
      tags: { Project: 'nest-fargate', Environment: 'prod' },
      lifecycle: { create_before_destroy: false, prevent_destroy: true },
    });
    expect(JSON.stringify(document)).not.toContain('@{');
  });

  it('numbers the subnets by kind and zone', () => {
    expect(document.resource['aws_subnet']?.['network-private-1']).toMatchObject({
      availability_zone: 'eu-central-1b',
      map_public_ip_on_launch: false,
    });
    expect(document.resource['aws_route']?.['network-3']).toMatchObject({
      nat_gateway_id: value('aws_nat_gateway.network-1.id'),
    });
    expect(Object.keys(document.resource['aws_route'] ?? {})).not.toContain('network-4');
  });

  it('escapes what Terraform would take for an expression', async () => {
    const [parameter] = ofType(graph, 'aws:ssm/parameter:Parameter');
    const description = `a ${value('literal')} and %{another}`;
    const literal = { ...graph, resources: [{ ...parameter!, inputs: { name: 'x', description } }] };

    expect(exportTerraform(literal, region).resource['aws_ssm_parameter']).toMatchObject({
      'delivery-ledger': { description: `a $${value('literal')} and %%{another}` },
    });
  });

  it('puts what is in another region under a provider of that region', async () => {
    const outside = exportTerraform(
      await graphOf('prod', { syntheticCheck: 'true', alarmEmail: 'ops@example.com' }),
      region,
    );

    expect(outside.provider.aws).toEqual([{ region }, { alias: 'us-east-1', region: 'us-east-1' }]);
    expect(outside.resource['aws_sns_topic']?.['from-outside']).toMatchObject({ provider: 'aws.us-east-1' });
  });

  it('refuses a type that it has no name for', () => {
    const [parameter] = ofType(graph, 'aws:ssm/parameter:Parameter');
    const unknown = { ...graph, resources: [{ ...parameter!, type: 'aws:new/thing:Thing' }] };

    expect(() => exportTerraform(unknown, region)).toThrow('Terraform has no counterpart of aws:new/thing:Thing');
  });

  it('is written in HCL with blocks, maps and unquoted references', () => {
    const hcl = writeHcl(document);

    expect(hcl).toContain(
      'resource "aws_lb_listener" "edge-http" {\n  default_action {\n    redirect {\n      port = "443"\n',
    );
    expect(hcl).toContain('  tags = { "Environment" = "prod", ');
    expect(hcl).toMatch(/ignore_changes = \[insecure_value, /);
    expect(hcl.match(/^(resource|data) /gm)?.length).toBe(
      [...Object.values(document.resource), ...Object.values(document.data)].flatMap(Object.keys).length,
    );
  });
});
