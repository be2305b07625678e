import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { parseSettings } from '../settings/parse.ts';
import { withAnswers } from '../testing/answers.ts';
import { existingListener, existingVpcBehindListener } from '../testing/existing.ts';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';
import { checkExistingListener } from './existing-listener.ts';
import { prioritiesFrom } from './routes.ts';

const existing = { ...existingVpcBehindListener, ...existingListener };
const stated = { ...existing, vpcCidr: '10.0.0.0/16', natGateways: 'single', accessLogRetentionDays: '30' };
const listenerRuleType = 'aws:lb/listenerRule:ListenerRule';

describe('behind an existing load balancer', () => {
  const graph = () => graphOf('staging', stated);

  it('creates none, and nothing that belongs to one', async () => {
    const types = new Set((await graph()).resources.map(({ type }) => type));

    expect([...types].filter((type) => /^aws:(lb|acm|wafv2|s3)\//.test(type)).toSorted()).toEqual([
      listenerRuleType,
      'aws:lb/targetGroup:TargetGroup',
    ]);
  });

  it('gets the requests for its domain, and no others', async () => {
    expect(ofType(await graph(), listenerRuleType).map(({ inputs }) => inputs)).toMatchObject([
      {
        listenerArn: existing.existingListenerArn,
        priority: 2999,
        conditions: [{ hostHeader: { values: ['api.example.com'] } }],
        actions: [{ type: 'forward', targetGroupArn: '@{aws:lb/targetGroup:TargetGroup::edge::arn}' }],
        tags: { Environment: 'staging' },
      },
    ]);
  });

  it('points the domain at it', async () => {
    const { arn } = {
      arn: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shared/50dc6c495c0c9188',
    };

    expect(find(await graph(), 'aws:route53/record:Record', 'edge-address').inputs).toMatchObject({
      name: 'api.example.com',
      aliases: [{ name: `@{aws:lb/getLoadBalancer:getLoadBalancer::${arn}::dnsName}` }],
    });
    expect((await graph()).outputs['url']).toBe('https://api.example.com');
  });

  it('is let in by its security group alone', async () => {
    const made = await graph();

    expect(
      find(made, 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'load-balancer-to-api-in').inputs,
    ).toMatchObject({ referencedSecurityGroupId: 'sg-0a1b2c3d', fromPort: 3000 });
    expect(
      find(made, 'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule', 'load-balancer-to-api-out').inputs,
    ).toMatchObject({ securityGroupId: 'sg-0a1b2c3d', fromPort: 3000 });
    expect(
      ofType(made, 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule').filter(
        ({ inputs }) => inputs['cidrIpv4'] === '0.0.0.0/0',
      ),
    ).toEqual([]);
  });

  it('is watched by its own target group: errors of others roll nothing back', async () => {
    const made = await graph();
    const dimensions = {
      LoadBalancer: 'app/shared/50dc6c495c0c9188',
      TargetGroup: '@{aws:lb/targetGroup:TargetGroup::edge::arnSuffix}',
    };
    const balancing = ofType(made, 'aws:cloudwatch/metricAlarm:MetricAlarm').filter(
      ({ inputs }) => inputs['namespace'] === 'AWS/ApplicationELB',
    );

    expect(balancing.map(({ name }) => name).toSorted()).toEqual(['api-5xx', 'api-latency-p99', 'api-unhealthy']);
    for (const { inputs } of balancing) expect(inputs['dimensions']).toEqual(dimensions);
    const dashboard = String(find(made, 'aws:cloudwatch/dashboard:Dashboard', 'observability').inputs['dashboardBody']);
    expect(dashboard).toContain('"app/shared/50dc6c495c0c9188","TargetGroup"');
    expect(dashboard).not.toMatch(/"app\/shared\/50dc6c495c0c9188"(?!,"TargetGroup")/);
  });

  it('routes paths of its own domain only, before everything else of it', async () => {
    const made = await graphOf('staging', { ...stated, appDirectory: 'scripts/testing/several-processes-app' });
    const rules = ofType(made, listenerRuleType).map(({ name, inputs }) => [
      name,
      Number(inputs['priority']),
      inputs['conditions'],
    ]);

    expect(rules).toEqual([
      ['edge', 2999, [{ hostHeader: { values: ['api.example.com'] } }]],
      [
        'edge-admin',
        expect.any(Number),
        [{ hostHeader: { values: ['api.example.com'] } }, { pathPattern: { values: ['/admin', '/admin/*'] } }],
      ],
    ]);
    expect(rules[1]?.[1]).toBeLessThan(2999);
    expect(rules[1]?.[1]).toBeGreaterThanOrEqual(2000);
  });
});

describe('priorities within the thousand of an environment', () => {
  it('are hosts first, then longer paths before shorter ones, and all others last', () => {
    const { routes, others } = prioritiesFrom(3000, [
      { name: 'api', route: { path: '/api/*' } },
      { name: 'reports', route: { path: '/api/reports/*' } },
      { name: 'admin', route: { host: 'admin' } },
    ]);
    const order = Object.entries(routes).toSorted(([, a], [, b]) => a - b);

    expect(order.map(([name]) => name)).toEqual(['admin', 'reports', 'api']);
    expect(order.every(([, priority]) => priority >= 3000 && priority < others)).toBe(true);
    expect(others).toBe(3999);
  });

  it('stay inside of it with the longest and the shortest path', () => {
    const { routes } = prioritiesFrom(1, [
      { name: 'root', route: { path: '/*' } },
      { name: 'deep', route: { path: `/${'a'.repeat(125)}/*` } },
    ]);

    for (const priority of Object.values(routes)) {
      expect(priority).toBeGreaterThanOrEqual(1);
      expect(priority).toBeLessThan(1000);
    }
  });
});

describe('what AWS says of an existing load balancer', () => {
  const settings = parseSettings({ 'aws:region': 'eu-central-1', ...existing }, 'staging');
  const right = { idleTimeout: 60, internal: false, securityGroups: ['sg-0a1b2c3d'], vpcId: 'vpc-0a1b2c3d' };
  const check = (loadBalancer: object, listener: object = { protocol: 'HTTPS', port: 443 }) =>
    withAnswers({ getLoadBalancer: () => ({ ...right, ...loadBalancer }), getListener: () => listener }, () =>
      checkExistingListener(settings),
    );

  it('is no problem where it is what the settings state', async () => {
    await expect(check({})).resolves.toBeUndefined();
  });

  it.each([
    [
      { idleTimeout: 300 },
      'albIdleTimeoutSeconds is 60, and 300 on the load balancer shared',
      'albIdleTimeoutSeconds 300',
    ],
    [
      { securityGroups: ['sg-99999999'] },
      'existingLoadBalancerSecurityGroupId is "sg-0a1b2c3d"',
      'SecurityGroupId sg-99999999',
    ],
    [{ vpcId: 'vpc-99999999' }, 'existingVpcId is "vpc-0a1b2c3d"', 'existingVpcId vpc-99999999'],
  ])('is refused with the setting to change: %j', async (loadBalancer, found, remedy) => {
    await expect(check(loadBalancer)).rejects.toThrow(found);
    await expect(check(loadBalancer)).rejects.toThrow(`${remedy} --stack staging`);
  });

  it('must be an HTTPS listener on port 443', async () => {
    await expect(check({}, { protocol: 'HTTP', port: 80 })).rejects.toThrow(
      'which serves HTTP on port 80\n    It must be a listener that serves HTTPS on port 443.',
    );
  });
});
