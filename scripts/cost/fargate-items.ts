import { fieldsOf, type GraphResource, ofType, resourceOf } from '../../infra/graph/query.ts';
import type { Graph } from '../../infra/graph/record.ts';
import type { BilledItem } from './billed-item.ts';
import { hoursPerMonth } from './usage.ts';

interface Range {
  readonly least: number;
  readonly most: number;
}

/** Tasks of each service: as many as are desired at least, and as many as autoscaling starts at most. */
export function fargateItems(graph: Graph): readonly BilledItem[] {
  return ofType(graph, 'aws:ecs/service:Service').flatMap((service) => itemsOf(service, graph));
}

function itemsOf(service: GraphResource, graph: Graph): readonly BilledItem[] {
  const { name } = service;
  const definition = inputsOf(graph, 'aws:ecs/taskDefinition:TaskDefinition', name);
  const vcpus = Number(definition['cpu']) / 1024;
  const gigabytes = Number(definition['memory']) / 1024;
  const isArm = fieldsOf(definition['runtimePlatform'])['cpuArchitecture'] === 'ARM64';
  const processor = isArm ? 'arm' : 'x86';
  const target = inputsOf(graph, 'aws:appautoscaling/target:Target', name);
  const tasks = { least: Number(target['minCapacity']), most: Number(target['maxCapacity']) };
  const spot = { least: onSpot(service, tasks.least), most: onSpot(service, tasks.most) };
  const onDemand = { least: tasks.least - spot.least, most: tasks.most - spot.most };
  const hours = (range: Range, factor: number): Range => ({
    least: range.least * factor * hoursPerMonth,
    most: range.most * factor * hoursPerMonth,
  });
  return [
    {
      component: name,
      what: `${describe(onDemand)} of ${vcpus} vCPU`,
      key: `fargate.${processor}.vcpu-hour`,
      quantity: hours(onDemand, vcpus),
    },
    {
      component: name,
      what: `memory, ${gigabytes} GB each`,
      key: `fargate.${processor}.gb-hour`,
      quantity: hours(onDemand, gigabytes),
    },
    ...(spot.most === 0
      ? []
      : [
          {
            component: name,
            what: `${describe(spot)} of ${vcpus} vCPU on Spot`,
            key: `fargate.spot.${processor}.vcpu-hour` as const,
            quantity: hours(spot, vcpus),
          },
          {
            component: name,
            what: `memory, ${gigabytes} GB each, on Spot`,
            key: `fargate.spot.${processor}.gb-hour` as const,
            quantity: hours(spot, gigabytes),
          },
        ]),
  ];
}

function describe({ least, most }: Range): string {
  if (least === most) return `${least} ${least === 1 ? 'task' : 'tasks'}`;
  return `${least} to ${most} tasks`;
}

/** ECS fills the base first, and shares the rest by weight. */
function onSpot({ inputs }: GraphResource, tasks: number): number {
  const strategies: unknown = inputs['capacityProviderStrategies'];
  const providers = (Array.isArray(strategies) ? strategies : []).map((entry) => Object(entry));
  const spot = providers.find(({ capacityProvider }) => capacityProvider === 'FARGATE_SPOT');
  const onDemand = providers.find(({ capacityProvider }) => capacityProvider === 'FARGATE');
  if (spot === undefined) return 0;
  const weights = Number(spot.weight ?? 0) + Number(onDemand?.weight ?? 0);
  const shared = Math.max(0, tasks - Number(onDemand?.base ?? 0));
  return weights === 0 ? 0 : Math.round((shared * Number(spot.weight ?? 0)) / weights);
}

function inputsOf(graph: Graph, type: string, name: string): GraphResource['inputs'] {
  return resourceOf(graph, { type, name })?.inputs ?? {};
}
