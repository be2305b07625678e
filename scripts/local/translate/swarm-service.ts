import type { EcsService } from './ecs-service.ts';
import { notUnderstood } from './expectations.ts';
import { translateHealthCheck } from './health-check.ts';
import {
  type Deployment,
  fingerprint,
  labelNames,
  literal,
  logging,
  type Mount,
  type StackDocument,
  type SwarmService,
} from './stack-document.ts';
import type { TaskDefinition } from './task-definition.ts';

/** What a container gets beside its definition: names and values of this machine. */
export interface Binding {
  /** Id of the release's image: exactly this image runs, and Swarm looks for no registry. */
  readonly imageId: string;
  readonly version: string;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Replaces what the program knows of other resources by what it is here. */
  readonly bind: (text: string, where: string) => string;
  /** Name of the variable of the deploying process that holds a secret. */
  readonly secretVariable: (secret: { readonly name: string; readonly valueFrom: string }) => string;
}

/**
 * A failure within this time after the last task became ready still rolls back. On AWS the alarms watch for longer; here
 * the command waits for it, so it is short.
 */
export const monitorSeconds = 3;

/** The same after a rollback: what is restored was ready here before. */
export const briefMonitorSeconds = 0.5;

/**
 * After a task that failed. When Swarm rolls back, it keeps one task of each slot that is meant to run: if the failed
 * task's successor were meant to run by then, it could be kept instead of the old task, which serves (seen with a delay of
 * 1 s on a busy machine). With this delay the rollback always comes first.
 */
const restartDelay = '5s';

/** One task definition as `docker run` and Swarm both take it. */
export interface ContainerSpec {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDirectory?: string;
  readonly user?: string;
  readonly init: boolean;
  readonly readOnly: boolean;
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly ulimits: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  /** Plain values. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variable of the container → variable of the deploying process. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly emptyFolders: readonly string[];
  /** In memory, by their size in MiB. */
  readonly memoryFolders: Readonly<Record<string, number>>;
  readonly memoryMiB: number;
  readonly cpus: number;
  readonly stopTimeoutSeconds: number;
}

export function translateContainer(task: TaskDefinition, binding: Binding): ContainerSpec {
  const { container } = task;
  const where = `container ${container.name}`;
  const limits = container.linuxParameters?.capabilities;
  const environment = container.environment.map(
    ({ name, value }) => [name, binding.bind(value, `${where}, ${name}`)] as const,
  );
  return {
    image: binding.imageId,
    ...(container.entryPoint === undefined ? {} : { entrypoint: container.entryPoint }),
    ...(container.command === undefined ? {} : { command: container.command }),
    ...(container.workingDirectory === undefined ? {} : { workingDirectory: container.workingDirectory }),
    ...(container.user === undefined ? {} : { user: container.user }),
    init: container.linuxParameters?.initProcessEnabled ?? false,
    readOnly: container.readonlyRootFilesystem ?? false,
    capabilities: { add: limits?.add ?? [], drop: limits?.drop ?? [] },
    ulimits: Object.fromEntries(
      (container.ulimits ?? []).map(({ name, softLimit, hardLimit }) => [name, { soft: softLimit, hard: hardLimit }]),
    ),
    environment: Object.fromEntries(environment),
    secrets: Object.fromEntries(
      (container.secrets ?? []).map((secret) => [secret.name, binding.secretVariable(secret)]),
    ),
    emptyFolders: (container.mountPoints ?? []).map(({ sourceVolume, containerPath }) => {
      if (task.emptyVolumes.includes(sourceVolume)) return containerPath;
      throw notUnderstood(`${where}, mountPoints`, sourceVolume, `a volume of task definition ${task.name}`);
    }),
    memoryFolders: Object.fromEntries(
      (container.linuxParameters?.tmpfs ?? []).map(({ containerPath, size }) => [containerPath, size]),
    ),
    memoryMiB: container.memory,
    // On Fargate the processor is limited for the whole task: 1024 units are one vCPU.
    cpus: task.cpuUnits / 1024,
    stopTimeoutSeconds: container.stopTimeout,
  };
}

export function translateService(service: EcsService, binding: Binding): SwarmService {
  const spec = translateContainer(service.task, binding);
  const secrets = Object.entries(spec.secrets).map(([name, variable]) => [name, `\${${variable}}`]);
  const plain = Object.entries(spec.environment).map(([name, value]) => [name, literal(value)]);
  const started = {
    image: spec.image,
    ...(spec.entrypoint === undefined ? {} : { entrypoint: spec.entrypoint.map(literal) }),
    ...(spec.command === undefined ? {} : { command: spec.command.map(literal) }),
    ...(spec.workingDirectory === undefined ? {} : { working_dir: spec.workingDirectory }),
    ...(spec.user === undefined ? {} : { user: spec.user }),
    init: spec.init,
    read_only: spec.readOnly,
    ...(spec.capabilities.drop.length === 0 ? {} : { cap_drop: spec.capabilities.drop }),
    ...(spec.capabilities.add.length === 0 ? {} : { cap_add: spec.capabilities.add }),
    ...(Object.keys(spec.ulimits).length === 0 ? {} : { ulimits: spec.ulimits }),
    environment: Object.fromEntries([...plain, ...secrets].toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))),
    ...volumesOf(spec),
    networks: { [binding.network]: { aliases: [service.name] } },
    stop_grace_period: `${spec.stopTimeoutSeconds}s`,
    healthcheck: translateHealthCheck(service),
    logging,
  };
  return label(service, binding, started, deployment(service, spec));
}

/** The same services, after whose update Swarm does not watch for longer than after a rollback. */
export function watchedBriefly(document: StackDocument): StackDocument {
  const services = Object.entries(document.services).map(([name, { deploy, ...service }]) => {
    const update_config = { ...deploy.update_config, monitor: brief };
    return [name, { ...service, deploy: { ...deploy, update_config } }] as const;
  });
  return { ...document, services: Object.fromEntries(services) };
}

const brief = `${briefMonitorSeconds * 1000}ms`;

function label(
  { name }: EcsService,
  binding: Binding,
  started: Omit<SwarmService, 'labels' | 'deploy'>,
  deploy: Omit<Deployment, 'labels'>,
): SwarmService {
  return withLabels(started, deploy, {
    ...binding.labels,
    [labelNames.service]: name,
    [labelNames.release]: binding.version,
  });
}

/** The same service, whose tasks are others: they start with the current values of its secrets. */
export function restartedService(
  { labels: current, deploy: { labels: _, ...deploy }, ...started }: SwarmService,
  labels: Readonly<Record<string, string>>,
): SwarmService {
  const { [labelNames.revision]: _revision, ...common } = current;
  return withLabels(started, deploy, { ...common, ...labels });
}

/** Variables of the deploying process that a service takes its secrets from. */
export function secretVariablesOf({ environment }: SwarmService): readonly string[] {
  return Object.values(environment).flatMap((value) => /^\$\{(STACK_\w+)\}$/.exec(value)?.[1] ?? []);
}

function withLabels(
  started: Omit<SwarmService, 'labels' | 'deploy'>,
  deploy: Omit<Deployment, 'labels'>,
  common: Readonly<Record<string, string>>,
): SwarmService {
  const { resources } = deploy;
  const labels = { ...common, [labelNames.revision]: fingerprint({ started, resources, common }) };
  const rendered = fingerprint({ started, deploy, labels });
  return { ...started, labels, deploy: { ...deploy, labels: { ...labels, [labelNames.rendered]: rendered } } };
}

function volumesOf({ emptyFolders, memoryFolders }: ContainerSpec): { readonly volumes?: readonly Mount[] } {
  const volumes: readonly Mount[] = [
    ...emptyFolders.map((target) => ({ type: 'tmpfs', target }) as const),
    ...Object.entries(memoryFolders).map(
      ([target, sizeMiB]) => ({ type: 'tmpfs', target, tmpfs: { size: sizeMiB * 2 ** 20 } }) as const,
    ),
  ];
  return volumes.length === 0 ? {} : { volumes };
}

function deployment(service: EcsService, spec: ContainerSpec): Omit<Deployment, 'labels'> {
  const rollout = {
    ...rolloutOrder(service),
    delay: '0s',
    monitor: `${monitorSeconds}s`,
    max_failure_ratio: 0,
  };
  return {
    replicas: service.desiredCount,
    endpoint_mode: 'dnsrr',
    resources: { limits: { memory: `${spec.memoryMiB}M`, cpus: String(spec.cpus) } },
    update_config: { ...rollout, failure_action: service.rollsBack ? 'rollback' : 'pause' },
    rollback_config: { ...rollout, monitor: brief },
    restart_policy: { condition: 'any', delay: restartDelay },
  };
}

/**
 * ECS starts as many new tasks as the maximum percent leaves room for, and stops old ones as far as the minimum healthy
 * percent allows. Swarm knows one order: start first where there is room for new tasks, stop first otherwise.
 */
export function rolloutOrder({ name, desiredCount, minimumHealthyPercent, maximumPercent }: EcsService): {
  order: 'start-first' | 'stop-first';
  parallelism: number;
} {
  const room = Math.floor((desiredCount * maximumPercent) / 100) - desiredCount;
  if (room > 0) return { order: 'start-first', parallelism: Math.min(room, desiredCount) };
  const expendable = desiredCount - Math.ceil((desiredCount * minimumHealthyPercent) / 100);
  if (expendable > 0) return { order: 'stop-first', parallelism: expendable };
  throw notUnderstood(
    `service ${name}, deployment percentages`,
    { desiredCount, minimumHealthyPercent, maximumPercent },
    'room for a new task, or permission to stop an old one',
  );
}
