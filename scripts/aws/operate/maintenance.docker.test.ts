import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeRulesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rejection } from '../../release/testing/rejection.ts';
import { namesOf } from '../names.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from '../testing/ministack.ts';
import { hideMaintenance, showMaintenance, showsMaintenance } from './maintenance.ts';

const skipped = await reasonWithoutMiniStack();
const page = { message: "It's a move.", retryAfterSeconds: 600 };

describe.skipIf(skipped)(`the maintenance page on AWS${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  const contextOf = (environment: string) => ({ clients: aws.clients, names: namesOf(environment) });

  beforeAll(async () => {
    aws = await startMiniStack({ containers: false });
  });
  afterAll(async () => aws?.[Symbol.asyncDispose]());

  /** A load balancer as the program makes it, with a domain: port 80 redirects, and has no page of its own. */
  async function loadBalancer(environment: string): Promise<string | undefined> {
    const { elb } = aws.clients;
    const { LoadBalancers = [] } = await elb.send(
      new CreateLoadBalancerCommand({ Name: namesOf(environment).loadBalancer, Subnets: ['subnet-1', 'subnet-2'] }),
    );
    const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn;
    const { TargetGroups = [] } = await elb.send(
      new CreateTargetGroupCommand({
        Name: environment,
        Protocol: 'HTTP',
        Port: 3000,
        VpcId: 'vpc-1',
        TargetType: 'ip',
      }),
    );
    await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn,
        Port: 80,
        Protocol: 'HTTP',
        DefaultActions: [
          { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } },
        ],
      }),
    );
    const { Listeners = [] } = await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn,
        Port: 443,
        Protocol: 'HTTPS',
        Certificates: [{ CertificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/1' }],
        DefaultActions: [{ Type: 'forward', TargetGroupArn: TargetGroups[0]?.TargetGroupArn }],
      }),
    );
    return Listeners[0]?.ListenerArn;
  }

  const rulesOf = async (ListenerArn: string | undefined) => {
    const { Rules = [] } = await aws.clients.elb.send(new DescribeRulesCommand({ ListenerArn }));
    return Rules.filter(({ IsDefault }) => IsDefault !== true).toSorted(
      (a, b) => Number(a.Priority) - Number(b.Priority),
    );
  };

  test('is unknown without a load balancer, and refused', async () => {
    expect(await showsMaintenance(contextOf('none'))).toBeUndefined();
    expect((await rejection(showMaintenance(contextOf('none'), page))).code).toBe('NOTHING_RUNS');
  });

  test('is two rules before all others, HTML for whoever asks for it', async () => {
    const listener = await loadBalancer('staging');
    expect(await showsMaintenance(contextOf('staging'))).toBe(false);
    expect(await showMaintenance(contextOf('staging'), page)).toEqual([
      expect.stringContaining('no Retry-After'),
      expect.stringContaining('application/problem+json'),
    ]);
    expect(await showsMaintenance(contextOf('staging'))).toBe(true);
    expect(await rulesOf(listener)).toMatchObject([
      {
        Priority: '1',
        Conditions: [{ Field: 'http-header' }],
        Actions: [{ FixedResponseConfig: { StatusCode: '503', ContentType: 'text/html' } }],
      },
      {
        Priority: '2',
        Conditions: [{ Field: 'path-pattern' }],
        Actions: [{ FixedResponseConfig: { StatusCode: '503', ContentType: 'application/json' } }],
      },
    ]);
  });

  test('is changed in place, and removed alone', async () => {
    const listener = await loadBalancer('prod');
    await aws.clients.elb.send(
      new CreateRuleCommand({
        ListenerArn: listener,
        Priority: 10,
        Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/admin/*'] } }],
        Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }],
      }),
    );
    await showMaintenance(contextOf('prod'), page);
    await showMaintenance(contextOf('prod'), { ...page, message: 'Longer.' });
    const rules = await rulesOf(listener);
    expect(rules.map(({ Priority }) => Priority)).toEqual(['1', '2', '10']);
    expect(JSON.stringify(rules[1])).toContain('Longer.');
    await hideMaintenance(contextOf('prod'));
    expect((await rulesOf(listener)).map(({ Priority }) => Priority)).toEqual(['10']);
    expect(await showsMaintenance(contextOf('prod'))).toBe(false);
  });

  test('never takes the place of another rule', async () => {
    const listener = await loadBalancer('dev');
    await aws.clients.elb.send(
      new CreateRuleCommand({
        ListenerArn: listener,
        Priority: 1,
        Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/own'] } }],
        Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
      }),
    );
    expect((await rejection(showMaintenance(contextOf('dev'), page))).code).toBe('PRIORITY_TAKEN');
    await hideMaintenance(contextOf('dev'));
    expect((await rulesOf(listener)).map(({ Priority }) => Priority)).toEqual(['1']);
  });
});
