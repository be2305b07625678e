import { describe, expect, test } from 'vitest';
import { createClients } from './clients.ts';
import { targetHealth } from './running.ts';

/** Answers by target group, as the SDK hands them on. */
function balancer(groups: Readonly<Record<string, readonly string[]>>) {
  const clients = createClients({ region: 'eu-central-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  clients.elb.middlewareStack.add(
    () => async (request) => {
      const { TargetGroupArn = '' } = request.input as { TargetGroupArn?: string };
      const TargetHealthDescriptions = (groups[TargetGroupArn] ?? []).map((Id) => ({
        Target: { Id },
        TargetHealth: { State: 'healthy' as const },
      }));
      return { output: { $metadata: {}, TargetHealthDescriptions }, response: {} };
    },
    { step: 'initialize' },
  );
  return clients;
}

describe('health of targets', () => {
  test('is asked of both groups between which traffic shifts', async () => {
    const clients = balancer({ 'arn:edge': ['10.0.0.1'], 'arn:alternate': ['10.0.0.2'] });
    const loadBalancers = [
      {
        targetGroupArn: 'arn:edge',
        advancedConfiguration: {
          alternateTargetGroupArn: 'arn:alternate',
          productionListenerRule: 'arn:rule',
          roleArn: 'arn:role',
        },
      },
    ];

    const health = await targetHealth(clients, { loadBalancers });

    expect([...(health?.keys() ?? [])]).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  test('is asked of the only group of a rolling service', async () => {
    const clients = balancer({ 'arn:edge': ['10.0.0.1'] });
    const health = await targetHealth(clients, { loadBalancers: [{ targetGroupArn: 'arn:edge' }] });

    expect([...(health?.keys() ?? [])]).toEqual(['10.0.0.1']);
  });

  test('is nobody’s without a load balancer', async () => {
    expect(await targetHealth(balancer({}), {})).toBeUndefined();
  });
});
