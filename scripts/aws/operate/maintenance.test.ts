import {
  CreateRuleCommand,
  DeleteRuleCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  LoadBalancerNotFoundException,
  ModifyRuleCommand,
  type Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, expect, test, vi } from 'vitest';
import { parseSettings } from '../../../infra/settings/parse.ts';
import { existingListener, existingVpcBehindListener } from '../../../infra/testing/existing.ts';
import { rejection } from '../../release/testing/rejection.ts';
import { createClients } from '../clients.ts';
import { namesOf } from '../names.ts';
import { hideMaintenance, showMaintenance, showsMaintenance } from './maintenance.ts';

const listenerArn =
  'arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2';
const page = { message: "It's a move.", retryAfterSeconds: 600 };
const context = { clients: createClients({ region: 'eu-central-1' }), names: namesOf('prod') };

afterEach(() => {
  vi.restoreAllMocks();
});

/**
 * Elastic Load Balancing with a load balancer as the program makes it with a domain: port 80 redirects, 443 forwards. Rules
 * come one on a page. The emulator of the other tests does not escape bodies that have tags, so it cannot answer here.
 */
function elb(rules: Rule[], exists = true, listener = 'arn:https'): Rule[] {
  let made = 0;
  vi.spyOn(ElasticLoadBalancingV2Client.prototype, 'send').mockImplementation(async (command: object) => {
    if (command instanceof DescribeLoadBalancersCommand) {
      if (!exists) throw new LoadBalancerNotFoundException({ message: 'none', $metadata: {} });
      expect(command.input.Names).toEqual(['nest-fargate-prod']);
      return { LoadBalancers: [{ LoadBalancerArn: 'arn:lb' }] };
    }
    if (command instanceof DescribeListenersCommand) {
      return {
        Listeners: [
          { ListenerArn: 'arn:http', DefaultActions: [{ Type: 'redirect' }] },
          { ListenerArn: 'arn:https', DefaultActions: [{ Type: 'forward' }] },
        ],
      };
    }
    if (command instanceof DescribeRulesCommand) {
      expect(command.input.ListenerArn).toBe(listener);
      const at = Number(command.input.Marker ?? 0);
      return { Rules: rules.slice(at, at + 1), ...(at + 1 < rules.length ? { NextMarker: String(at + 1) } : {}) };
    }
    if (command instanceof CreateRuleCommand) {
      const { Priority, Conditions, Actions, Tags } = command.input;
      expect(rules.map((rule) => rule.Priority)).not.toContain(String(Priority));
      expect(Tags).toContainEqual({ Key: 'Environment', Value: 'prod' });
      made += 1;
      rules.push({
        RuleArn: `arn:made-${made}`,
        Priority: String(Priority),
        ...(Conditions === undefined ? {} : { Conditions }),
        ...(Actions === undefined ? {} : { Actions }),
      });
      return {};
    }
    if (command instanceof ModifyRuleCommand) {
      const rule = rules.find(({ RuleArn }) => RuleArn === command.input.RuleArn);
      if (rule === undefined) throw new Error('no such rule');
      Object.assign(rule, { Conditions: command.input.Conditions, Actions: command.input.Actions });
      return {};
    }
    if (command instanceof DeleteRuleCommand) {
      rules.splice(
        rules.findIndex(({ RuleArn }) => RuleArn === command.input.RuleArn),
        1,
      );
      return {};
    }
    throw new Error(`not expected: ${command.constructor.name}`);
  });
  return rules;
}

const ofProgram: Rule = { RuleArn: 'arn:own', Priority: '10', Actions: [{ Type: 'forward' }] };
const priorities = (rules: readonly Rule[]) => rules.map(({ Priority }) => Number(Priority)).toSorted((a, b) => a - b);

test('is unknown without a load balancer, and refused', async () => {
  elb([], false);
  expect(await showsMaintenance(context)).toBeUndefined();
  expect((await rejection(showMaintenance(context, page))).code).toBe('NOTHING_RUNS');
});

test('is two rules before all others, HTML for whoever asks for it', async () => {
  const rules = elb([ofProgram]);
  expect(await showsMaintenance(context)).toBe(false);
  expect(await showMaintenance(context, page)).toEqual([
    expect.stringContaining('no Retry-After'),
    expect.stringContaining('application/problem+json'),
  ]);
  expect(await showsMaintenance(context)).toBe(true);
  expect(rules.toSorted((a, b) => Number(a.Priority) - Number(b.Priority))).toMatchObject([
    {
      Priority: '1',
      Conditions: [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'Accept', Values: ['*text/html*'] } }],
      Actions: [{ FixedResponseConfig: { StatusCode: '503', ContentType: 'text/html' } }],
    },
    {
      Priority: '2',
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } }],
      Actions: [{ FixedResponseConfig: { StatusCode: '503', ContentType: 'application/json' } }],
    },
    ofProgram,
  ]);
});

test('has bodies that a fixed response can have', async () => {
  const rules = elb([]);
  await showMaintenance(context, page);
  const bodies = rules.map(({ Actions = [] }) => Actions[0]?.FixedResponseConfig?.MessageBody ?? '');
  expect(bodies.map((body) => Buffer.byteLength(body) <= 1024)).toEqual([true, true]);
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ status: 503, detail: page.message, retryAfterSeconds: 600 });
  expect(bodies[1]).toContain('<p>It&#39;s a move.</p>');
});

test('is changed in place, and removed alone', async () => {
  const rules = elb([ofProgram]);
  await showMaintenance(context, page);
  await showMaintenance(context, { ...page, message: 'Longer.' });
  expect(priorities(rules)).toEqual([1, 2, 10]);
  expect(rules.filter((rule) => JSON.stringify(rule).includes('Longer.'))).toHaveLength(2);
  await hideMaintenance(context);
  expect(rules).toEqual([ofProgram]);
  expect(await showsMaintenance(context)).toBe(false);
});

test('half of it counts, and is completed', async () => {
  const rules = elb([]);
  await showMaintenance(context, page);
  rules.splice(1, 1);
  expect(await showsMaintenance(context)).toBe(true);
  await showMaintenance(context, page);
  expect(priorities(rules)).toEqual([1, 2]);
});

test('never takes the place of another rule', async () => {
  const own: Rule = { RuleArn: 'arn:other', Priority: '1', Actions: [{ Type: 'forward' }] };
  const rules = elb([own]);
  expect((await rejection(showMaintenance(context, page))).code).toBe('PRIORITY_TAKEN');
  await hideMaintenance(context);
  expect(rules).toEqual([own]);
});

test('in a listener with rules of others, the page is for the hosts of the environment alone', async () => {
  const settings = parseSettings(
    {
      'aws:region': 'eu-central-1',
      ...existingVpcBehindListener,
      ...existingListener,
      existingListenerArn: listenerArn,
    },
    'prod',
  );
  const shared = { ...context, names: namesOf('prod', settings, ['admin']) };
  const others: Rule = {
    RuleArn: 'arn:others',
    Priority: '1',
    Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }],
  };
  const rules = elb([others], true, listenerArn);

  expect(await showsMaintenance(shared)).toBe(false);
  await showMaintenance(shared, page);
  expect(await showsMaintenance(shared)).toBe(true);
  const own = rules.filter((rule) => rule !== others);
  expect(own.map(({ Priority }) => Priority).toSorted()).toEqual(['2000', '2001']);
  for (const { Conditions } of own) {
    expect(Conditions).toContainEqual({
      Field: 'host-header',
      HostHeaderConfig: { Values: ['api.example.com', 'admin.api.example.com'] },
    });
  }
  await hideMaintenance(shared);
  expect(rules).toEqual([others]);
});

test('in a listener with rules of others, names as many hosts as a rule can, and takes another rule for the rest', async () => {
  const named = (count: number) => {
    const hosts = Array.from({ length: count }, (_, index) => `host${index}.example.com`);
    return { ...context, names: { ...context.names, sharedListener: { arn: listenerArn, priority: 2000, hosts } } };
  };
  const rules = elb([], true, listenerArn);
  const valuesOf = ({ Conditions = [] }: Rule) =>
    Conditions.flatMap((each) => [...(each.HostHeaderConfig?.Values ?? []), ...(each.HttpHeaderConfig?.Values ?? [])]);
  const hostsOf = (type: string) =>
    rules
      .filter(({ Actions }) => Actions?.[0]?.FixedResponseConfig?.ContentType === type)
      .flatMap((rule) => valuesOf(rule).filter((value) => value.startsWith('host')))
      .toSorted();

  for (const count of [20, 9, 4]) {
    const shared = named(count);
    await showMaintenance(shared, page);
    expect(Math.max(...rules.map((rule) => valuesOf(rule).length))).toBeLessThanOrEqual(5);
    const all = shared.names.sharedListener.hosts.toSorted();
    expect([hostsOf('text/html'), hostsOf('application/json')]).toEqual([all, all]);
  }
  expect(priorities(rules)).toEqual([2000, 2001]);
  expect(await rejection(showMaintenance(named(21), page))).toMatchObject({ code: 'TOO_MANY_HOSTS' });
  expect(priorities(rules)).toEqual([2000, 2001]);
  await hideMaintenance(named(4));
  expect(rules).toEqual([]);
});
