import { type GraphResource, ofType, type ProgramGraph } from '../../../infra/graph/query.ts';
import type { EcsService } from './ecs-service.ts';
import { isRecord, notUnderstood, onlyReference, onlyResource } from './expectations.ts';

/** What the local target understands of an application load balancer: one way in, to a service and to those of its routes. */
export interface LoadBalancer {
  readonly name: string;
  readonly idleTimeoutSeconds: number;
  /** Gets the requests that no route matches. */
  readonly service: ServingService;
  /** In the order in which they are tried. */
  readonly routes: readonly Route[];
  /** What the program asks for and HAProxy on this machine leaves out. */
  readonly unrealised: readonly string[];
}

type ServingService = EcsService & { readonly target: NonNullable<EcsService['target']> };

/** Requests of paths or hosts, and the service that gets them. */
interface Route {
  readonly by: 'path' | 'host';
  /** With `*` for any text, as of a listener rule. */
  readonly patterns: readonly string[];
  readonly service: ServingService;
}

/** Where HAProxy listens inside its container. */
export const loadBalancerPorts = { traffic: 8080, statistics: 8404 } as const;

/** Default of the API: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html */
const defaultIdleTimeoutSeconds = 60;

/**
 * Room for the tasks of two rollouts at a time, at least 20. The number is in the configuration, which is reloaded when it
 * changes: so it follows the desired count in large steps only.
 */
function serverSlots(desiredCount: number): number {
  return Math.max(20, Math.ceil((desiredCount * 4) / 20) * 20);
}

/** The load balancer of the graph with the service behind it; `undefined` when nothing is reached from outside. */
export function parseLoadBalancer(graph: ProgramGraph, services: readonly EcsService[]): LoadBalancer | undefined {
  const balancer = onlyResource(graph, 'aws:lb/loadBalancer:LoadBalancer', 'one load balancer');
  if (balancer === undefined) return undefined;
  const listeners = ofType(graph, 'aws:lb/listener:Listener');
  const [forwarding, ...more] = listeners.filter((listener) => actionOf(listener)['type'] === 'forward');
  if (forwarding === undefined || more.length > 0) {
    throw notUnderstood(
      'the load balancer',
      listeners.map(({ name }) => name),
      'one listener that forwards',
    );
  }
  const group = onlyReference(actionOf(forwarding)['targetGroupArn'], `listener ${forwarding.name}`).name;
  const service = serviceOf(services, group);
  const all = ofType(graph, 'aws:lb/listenerRule:ListenerRule');
  const routing = all.filter((rule) => typeof firstAction(rule)['targetGroupArn'] === 'string');
  const rules = all.filter((rule) => !routing.includes(rule));
  for (const rule of rules) assertShiftRule(rule, group);
  const routes = routing
    .toSorted((a, b) => Number(a.inputs['priority']) - Number(b.inputs['priority']))
    .map((rule) => parseRoute(rule, services));
  const idleTimeout = balancer.inputs['idleTimeout'];
  return {
    name: balancer.name,
    idleTimeoutSeconds: typeof idleTimeout === 'number' ? idleTimeout : defaultIdleTimeoutSeconds,
    service,
    routes,
    unrealised: [
      ...(forwarding.inputs['protocol'] === 'HTTPS' ? ['TLS at the load balancer: plain HTTP here'] : []),
      ...(rules.length > 0 ? ['blue-green and canary: here a release is always rolled out task by task'] : []),
    ],
  };
}

function serviceOf(services: readonly EcsService[], group: string): ServingService {
  const found = services.find(({ target }) => target?.group.name === group);
  if (found?.target === undefined) throw notUnderstood('the target group', group, 'a service that uses it');
  return { ...found, target: found.target };
}

function firstAction({ inputs }: GraphResource): Readonly<Record<string, unknown>> {
  const [action]: unknown[] = Array.isArray(inputs['actions']) ? inputs['actions'] : [];
  return isRecord(action) ? action : {};
}

function parseRoute(rule: GraphResource, services: readonly EcsService[]): Route {
  const where = `listener rule ${rule.name}`;
  const [condition, ...others]: unknown[] = Array.isArray(rule.inputs['conditions']) ? rule.inputs['conditions'] : [];
  const path = isRecord(condition) ? condition['pathPattern'] : undefined;
  const host = isRecord(condition) ? condition['hostHeader'] : undefined;
  const found = path ?? host;
  const values: unknown = isRecord(found) ? found['values'] : undefined;
  if (others.length > 0 || !Array.isArray(values) || !values.every((value) => typeof value === 'string')) {
    throw notUnderstood(
      `${where}, conditions`,
      rule.inputs['conditions'],
      'one condition: path patterns or host headers',
    );
  }
  const group = onlyReference(firstAction(rule)['targetGroupArn'], where).name;
  return { by: path === undefined ? 'host' : 'path', patterns: values, service: serviceOf(services, group) };
}

/** Rules whose target groups ECS shifts traffic between: before a shift they forward where the listener does. */
function assertShiftRule({ name, inputs }: GraphResource, group: string): void {
  const [action, ...others]: unknown[] = Array.isArray(inputs['actions']) ? inputs['actions'] : [];
  const forward = isRecord(action) && isRecord(action['forward']) ? action['forward']['targetGroups'] : undefined;
  const targets: unknown[] = Array.isArray(forward) ? forward : [];
  const used = targets.filter((target) => isRecord(target) && target['weight'] !== 0);
  const names = used.map((target) => (isRecord(target) ? onlyReference(target['arn'], `rule ${name}`).name : ''));
  if (others.length === 0 && names.length === 1 && names[0] === group) return;
  throw notUnderstood(`listener rule ${name}, actions`, inputs['actions'], `all traffic to ${group}`);
}

function actionOf({ name, inputs }: GraphResource): Readonly<Record<string, unknown>> {
  const [action, ...others]: unknown[] = Array.isArray(inputs['defaultActions']) ? inputs['defaultActions'] : [];
  if (!isRecord(action) || others.length > 0) {
    throw notUnderstood(`listener ${name}, defaultActions`, inputs['defaultActions'], 'one action');
  }
  return action;
}

const balancing = { round_robin: 'roundrobin', least_outstanding_requests: 'leastconn' } as const;

/**
 * HAProxy in place of the load balancer.
 *
 * Its servers come from Docker's DNS, which has a task from the moment its health check passes and drops it two seconds
 * before SIGTERM (moby, daemon/cluster/executor/container/controller.go: the binding is deactivated, then the gossip
 * converge delay is waited for). Answers expire after a fifth of a second, so new requests go elsewhere before the task learns
 * that it stops, as on ECS, which deregisters a target first.
 *
 * A request is retried only if its connection could not be opened: what may have reached the app is never sent twice.
 */
export function renderHaproxyConfig(loadBalancer: LoadBalancer, publishedPort: number): string {
  const { idleTimeoutSeconds, service, routes } = loadBalancer;
  const { check } = service.target.group;
  return `# Written by the local target: changes are lost.
global
  log stdout format raw local0 notice
  maxconn 8192

defaults
  mode http
  log global
  option httplog
  option dontlog-normal
  option dontlognull
  option redispatch 1
  retries 3
  retry-on conn-failure
  timeout connect 1s
  # A header that does not arrive in time is answered with 408, as by the load balancer of AWS.
  timeout http-request ${idleTimeoutSeconds}s
  timeout client ${idleTimeoutSeconds}s
  timeout server ${idleTimeoutSeconds}s
  timeout http-keep-alive ${idleTimeoutSeconds}s
  timeout check ${check.timeoutSeconds}s

resolvers docker
  nameserver engine 127.0.0.11:53
  accepted_payload_size 8192
  resolve_retries 3
  timeout resolve 200ms
  timeout retry 500ms
  hold valid 200ms
  hold obsolete 0s
  hold nx 1s
  hold timeout 30s
  hold refused 30s
  hold other 30s

frontend listener
  bind :${loadBalancerPorts.traffic}
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Port ${publishedPort}
${routes.map(renderRoute).join('')}  default_backend ${service.name}

${[service, ...routes.map((route) => route.service)].map(renderBackend).join('\n')}
frontend statistics
  bind :${loadBalancerPorts.statistics}
  option dontlog-normal
  http-request use-service prometheus-exporter if { path /metrics }
  stats enable
  stats uri /stats
  stats show-legends
`;
}

/** As ELB compares them: paths with case and without the query, host names without case and port. */
function renderRoute({ by, patterns, service }: Route): string {
  const expressions = patterns.map((pattern) => `'^${pattern.split('*').map(escaped).join('.*')}$'`).join(' ');
  const fetch = by === 'path' ? 'path' : 'req.hdr(host),field(1,:),lower';
  return `  use_backend ${service.name} if { ${fetch} -m reg ${expressions} }\n`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.+?^$()[\]{}|\\]/g, '\\$&');
}

function renderBackend({ name, desiredCount, target }: ServingService): string {
  const { check, algorithm } = target.group;
  const fall = check.unhealthyThreshold * check.intervalSeconds;
  return `backend ${name}
  balance ${balancing[algorithm]}
  option httpchk
  http-check send meth GET uri ${check.path} ver HTTP/1.1 hdr Host health-check hdr User-Agent ELB-HealthChecker/2.0
  http-check expect status 200
  default-server check inter 1s rise ${check.healthyThreshold} fall ${fall} resolvers docker init-addr none
  server-template task 1-${serverSlots(desiredCount)} tasks.${name}:${target.containerPort}
`;
}
