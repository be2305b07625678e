import { describe, expect, it } from 'vitest';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';

describe('delivery', () => {
  it('makes the ledger’s parameter and leaves its content alone', async () => {
    const graph = await graphOf('prod');
    const ledger = find(graph, 'aws:ssm/parameter:Parameter', 'delivery-ledger');

    expect(ledger.inputs).toMatchObject({ name: '/nest-fargate/prod/releases', tier: 'Intelligent-Tiering' });
    expect(ledger.ignoreChanges).toEqual(['insecureValue', 'value', 'tier']);
    expect(graph.outputs['ledgerParameter']).toBe('/nest-fargate/prod/releases');
  });

  it('comes after the services', async () => {
    const graph = await graphOf();

    expect(find(graph, 'aws:ssm/parameter:Parameter', 'delivery-ledger').dependencies).toContain(
      find(graph, 'aws:ecs/service:Service', 'api').urn,
    );
  });
});
