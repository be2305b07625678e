import { describe, expect, it } from 'vitest';

import { type ExampleChanges, exampleGraph } from '../testing/example-graph.ts';
import { renderHaproxyConfig } from './load-balancer.ts';
import { parseProgram } from './program.ts';

function config(changes: ExampleChanges = {}): string {
  const { loadBalancer } = parseProgram(exampleGraph(changes));
  if (loadBalancer === undefined) throw new Error('no load balancer');
  return renderHaproxyConfig(loadBalancer, 8081);
}

describe('the configuration of HAProxy', () => {
  it('checks the path of the target group each second and tolerates what it tolerates', () => {
    expect(config()).toContain('http-check send meth GET uri /ready ver HTTP/1.1');
    expect(config()).toContain('check inter 1s rise 2 fall 30');
  });

  it('takes its servers from the DNS of the network, and forgets them within a second', () => {
    expect(config()).toContain('server-template task 1-20 tasks.api:3000');
    expect(config()).toContain('hold valid 200ms');
    expect(config()).toContain('hold obsolete 0s');
  });

  it('repeats a request only when its connection could not be opened', () => {
    expect(config().match(/^ *retry-on .*$/gm)).toEqual(['  retry-on conn-failure']);
  });

  it('has the idle timeout of the load balancer on both sides', () => {
    for (const side of ['client', 'server', 'http-keep-alive']) expect(config()).toContain(`timeout ${side} 60s`);
  });

  it('sends a request to the task with the fewest, or to each in turn', () => {
    expect(config()).toContain('balance leastconn');
    expect(config({ targetGroup: { loadBalancingAlgorithmType: 'round_robin' } })).toContain('balance roundrobin');
  });

  it('tells the app who asked, and where', () => {
    expect(config()).toContain('option forwardfor');
    expect(config()).toContain('http-request set-header X-Forwarded-Port 8081');
  });

  it('has room for the tasks of two rollouts, in steps that seldom change it', () => {
    expect(config({ service: { desiredCount: 5 } })).toBe(config());
    expect(config({ service: { desiredCount: 11 } })).toContain('server-template task 1-60 tasks.api:3000');
  });

  const routed = (conditions: readonly object[]) => {
    const graph = exampleGraph();
    const named = (type: string, name: string) => graph.resources.find((one) => one.type === type && one.name === name);
    const service = named('aws:ecs/service:Service', 'api');
    const group = named('aws:lb/targetGroup:TargetGroup', 'edge');
    const targetGroupArn = '@{aws:lb/targetGroup:TargetGroup::edge-admin::arn}';
    return parseProgram({
      ...graph,
      resources: [
        ...graph.resources,
        { type: 'aws:lb/targetGroup:TargetGroup', name: 'edge-admin', inputs: { ...group?.inputs } },
        {
          type: 'aws:ecs/service:Service',
          name: 'admin',
          inputs: {
            ...service?.inputs,
            loadBalancers: [{ targetGroupArn, containerName: 'api', containerPort: 8081 }],
          },
        },
        {
          type: 'aws:lb/listenerRule:ListenerRule',
          name: 'edge-admin',
          inputs: { priority: 1000, conditions, actions: [{ type: 'forward', targetGroupArn }] },
        },
      ],
    }).loadBalancer;
  };

  it('sends the requests of a path to its service, and of a host', () => {
    const byPath = routed([{ pathPattern: { values: ['/a.b', '/a.b/*'] } }]);
    const byHost = routed([{ hostHeader: { values: ['admin.*'] } }]);
    const rendered = (loadBalancer: typeof byPath) =>
      loadBalancer === undefined ? '' : renderHaproxyConfig(loadBalancer, 8081);

    expect(rendered(byPath)).toContain(
      "  use_backend admin if { path -m reg '^/a\\.b$' '^/a\\.b/.*$' }\n  default_backend api\n",
    );
    expect(rendered(byPath)).toContain('tasks.admin:8081');
    expect(rendered(byHost)).toContain("use_backend admin if { req.hdr(host),field(1,:),lower -m reg '^admin\\..*$' }");
  });

  it('refuses conditions that it does not understand', () => {
    expect(() => routed([{ sourceIp: { values: ['10.0.0.0/8'] } }])).toThrow('listener rule edge-admin, conditions');
  });

  it('leaves TLS out, and says so', () => {
    const { loadBalancer } = parseProgram(exampleGraph({ listener: { protocol: 'HTTPS', port: 443 } }));
    expect(loadBalancer?.unrealised).toEqual(['TLS at the load balancer: plain HTTP here']);
  });

  const weighted = (primary: number, alternate: number) => ({
    type: 'aws:lb/listenerRule:ListenerRule',
    name: 'edge-production',
    inputs: {
      actions: [
        {
          type: 'forward',
          forward: {
            targetGroups: [
              { arn: '@{aws:lb/targetGroup:TargetGroup::edge::arn}', weight: primary },
              { arn: '@{aws:lb/targetGroup:TargetGroup::edge-alternate::arn}', weight: alternate },
            ],
          },
        },
      ],
    },
  });
  const withRule = (primary: number, alternate: number) => {
    const graph = exampleGraph();
    return { ...graph, resources: [...graph.resources, weighted(primary, alternate)] };
  };

  it('takes a traffic shift for a rolling update, and says so', () => {
    const { loadBalancer } = parseProgram(withRule(1, 0));

    expect(loadBalancer?.service.target.group.name).toBe('edge');
    expect(loadBalancer?.unrealised).toEqual([
      'blue-green and canary: here a release is always rolled out task by task',
    ]);
  });

  it('refuses rules that send traffic elsewhere', () => {
    expect(() => parseProgram(withRule(1, 1))).toThrow('listener rule edge-production, actions');
    expect(() => parseProgram(withRule(0, 1))).toThrow('listener rule edge-production, actions');
  });
});
