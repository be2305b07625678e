import type { GraphResource, ProgramGraph } from '../../../infra/graph/query.ts';
import { expectNumber, isRecord, notUnderstood, referred } from './expectations.ts';
import { parseTaskDefinition, type TaskDefinition } from './task-definition.ts';

/** Check of a target group, in its own words. */
export interface TargetGroupCheck {
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

export interface TargetGroup {
  readonly name: string;
  readonly check: TargetGroupCheck;
  readonly algorithm: 'round_robin' | 'least_outstanding_requests';
}

/** What the local target understands of an ECS service. */
export interface EcsService {
  readonly name: string;
  /** On AWS: a dimension of its metrics. */
  readonly awsName: string;
  readonly task: TaskDefinition;
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly rollsBack: boolean;
  readonly gracePeriodSeconds: number;
  /** The load balancer's way in, where there is one. */
  readonly target?: { readonly group: TargetGroup; readonly containerPort: number };
}

/** Reads a recorded `aws:ecs/service:Service` with the task definition and the target group that it refers to. */
export function parseEcsService(graph: ProgramGraph, service: GraphResource): EcsService {
  const where = `service ${service.name}`;
  const { inputs } = service;
  const task = parseTaskDefinition(referred(graph, inputs['taskDefinition'], `${where}, taskDefinition`));
  const target = parseTarget(graph, where, inputs['loadBalancers']);
  return {
    name: service.name,
    awsName: typeof inputs['name'] === 'string' ? inputs['name'] : service.name,
    task,
    desiredCount: expectNumber(inputs['desiredCount'], `${where}, desiredCount`),
    minimumHealthyPercent: expectNumber(
      inputs['deploymentMinimumHealthyPercent'] ?? 100,
      `${where}, minimum healthy percent`,
    ),
    maximumPercent: expectNumber(inputs['deploymentMaximumPercent'] ?? 200, `${where}, maximum percent`),
    rollsBack: rollsBack(inputs),
    gracePeriodSeconds: expectNumber(inputs['healthCheckGracePeriodSeconds'] ?? 0, `${where}, grace period`),
    ...(target === undefined ? {} : { target }),
  };
}

function parseTarget(graph: ProgramGraph, where: string, value: unknown): EcsService['target'] {
  if (value === undefined) return undefined;
  const [first, ...others]: unknown[] = Array.isArray(value) ? value : [];
  if (!isRecord(first) || others.length > 0) throw notUnderstood(`${where}, loadBalancers`, value, 'one target group');
  const group = referred(graph, first['targetGroupArn'], `${where}, target group`);
  return {
    group: parseTargetGroup(group),
    containerPort: expectNumber(first['containerPort'], `${where}, containerPort`),
  };
}

function parseTargetGroup({ name, inputs }: GraphResource): TargetGroup {
  const where = `target group ${name}`;
  const check = inputs['healthCheck'];
  if (!isRecord(check)) throw notUnderstood(`${where}, healthCheck`, check, 'a health check');
  const { path, matcher = '200', protocol = 'HTTP' } = check;
  if (typeof path !== 'string' || matcher !== '200' || protocol !== 'HTTP') {
    throw notUnderstood(`${where}, healthCheck`, check, 'a path that answers 200 by HTTP');
  }
  const algorithm = inputs['loadBalancingAlgorithmType'] ?? 'round_robin';
  if (algorithm !== 'round_robin' && algorithm !== 'least_outstanding_requests') {
    throw notUnderstood(`${where}, loadBalancingAlgorithmType`, algorithm, 'round_robin or least_outstanding_requests');
  }
  const seconds = (key: string, otherwise: number) => expectNumber(check[key] ?? otherwise, `${where}, ${key}`);
  return {
    name,
    algorithm,
    // Defaults of the API: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    check: {
      path,
      intervalSeconds: seconds('interval', 30),
      timeoutSeconds: seconds('timeout', 5),
      healthyThreshold: seconds('healthyThreshold', 5),
      unhealthyThreshold: seconds('unhealthyThreshold', 2),
    },
  };
}

/** By the circuit breaker or, where traffic is shifted, by alarms: here both are a rolling update that rolls back. */
function rollsBack({ deploymentCircuitBreaker: breaker, alarms }: GraphResource['inputs']): boolean {
  return [breaker, alarms].some((guard) => isRecord(guard) && guard['enable'] === true && guard['rollback'] === true);
}
