import type { Loss } from '../../release/target.ts';
import type { Current } from '../observe/current.ts';
import { liveDifferences } from '../observe/drift.ts';
import { assessRollout, type Expected } from '../swarm/rollout-state.ts';
import type { Alarm } from '../translate/alarms.ts';
import { titleOf } from '../translate/data-server.ts';
import { emulatorName } from '../translate/emulator.ts';
import type { Program } from '../translate/program.ts';
import { fingerprint, labelNames, type StackDocument, type SwarmService } from '../translate/stack-document.ts';
import type { Stacks } from '../translate/stacks.ts';

export interface Proposal {
  readonly program: Program;
  readonly stacks: Stacks;
  readonly version: string;
  readonly build: boolean;
  readonly port: number;
  /** What has to be done to the engine first, in words. */
  readonly engine: readonly string[];
  /** Whether the image's migrations are recorded as run on this database. */
  readonly migrated: boolean;
  /** What the load balancer's container would be labelled with. */
  readonly loadBalancerRendered: string | undefined;
  /** Of the scheduler as it would run; absent where nothing runs on a schedule. */
  readonly schedulerRevision?: string;
  /** What its Prometheus was given; absent: it has none. */
  readonly givenAlarms?: readonly Alarm[] | undefined;
}

/** What would be done, one line per change; nothing when everything is as proposed already. Pure. */
export function describeChanges(proposal: Proposal, current: Current): readonly string[] {
  const { stacks, build, version, migrated, program } = proposal;
  const changes = [
    ...proposal.engine,
    ...(build ? [`build the image of ${version}`] : []),
    ...(current.network ? [] : [`create the network ${stacks.names.network}`]),
    ...serverChanges(proposal, current),
    ...(migrated || program.migrations.length === 0 ? [] : [`run the migrations of ${version}`]),
    ...loadBalancerChanges(proposal, current),
    ...serviceChanges(proposal, current),
    ...scheduleChanges(proposal, current),
    ...alarmChanges(proposal),
  ];
  return changes.length > 0 ? changes : confirmation(proposal, current);
}

/** A command that was killed after its rollout recorded nothing: the next one confirms it and records it. */
function confirmation({ stacks, version }: Proposal, { deployed, services }: Current): string[] {
  const noted = deployed !== undefined && fingerprint(deployed.services) === fingerprint(stacks.services);
  return services.length === 0 || noted ? [] : [`confirm that ${version} serves`];
}

function serverChanges({ program, stacks }: Proposal, current: Current): string[] {
  const { data, names } = stacks;
  if (data === undefined) return [];
  const lines = expectedServices(names.dataStack, data).flatMap((expected) => {
    const service = current.services.find(({ name }) => name === expected.swarmName);
    const title = serverTitle(data, expected.name);
    const what = `${title} (${serverFacts(program, expected.name)})`;
    if (service === undefined) return [`create ${what}`];
    if (service.labels[labelNames.rendered] !== expected.rendered) return [`restart ${what}`];
    return isSettled(expected, current) ? [] : [`wait for ${title}, which is not ready`];
  });
  return [...lines, ...obsoleteServers(stacks, current).map((title) => `remove ${title}`)];
}

/** What a person calls a server of the data stack. */
export function serverTitle({ services }: StackDocument, name: string): string {
  return titleOf(services[name]?.labels ?? {});
}

function serverFacts({ database, valkey, emulator }: Program, name: string): string {
  if (name === emulatorName && emulator !== undefined) {
    return [...emulator.buckets, ...emulator.queues].map((one) => one.name).join(', ');
  }
  if (name === valkey?.name) return `${valkey.memoryMiB} MiB, ${valkey.dataMiB} MiB for data`;
  if (database === undefined) return '';
  return `${database.memoryMiB} MiB, ${database.parameters['max_connections'] ?? 'default'} connections`;
}

/** Servers of the data stack that the program no longer has, as a person calls them. */
export function obsoleteServers({ names, data }: Pick<Stacks, 'names' | 'data'>, { services }: Current): string[] {
  const prefix = `${names.dataStack}_`;
  return services
    .filter(({ name }) => name.startsWith(prefix) && !(name.slice(prefix.length) in (data?.services ?? {})))
    .map(({ labels }) => titleOf(labels));
}

/** Changes after which the current data is out of reach. Pure. */
export function describeLosses({ stacks }: Pick<Proposal, 'stacks'>, current: Current): Loss[] {
  const holding = current.services.filter(({ labels }) => labelNames.data in labels);
  return holding.flatMap(({ name: swarmName, labels }) => {
    const before = titleOf(labels);
    const name = labels[labelNames.service] ?? swarmName;
    const document = stacks.data?.services[name];
    if (document === undefined) return [{ name, change: `remove ${before} with its data` }];
    const after = titleOf(document.labels);
    return before === after ? [] : [{ name, change: `replace ${before} by ${after}, which starts empty` }];
  });
}

function loadBalancerChanges({ stacks, port, loadBalancerRendered }: Proposal, current: Current): string[] {
  if (stacks.haproxyConfig === undefined) return [];
  const at = `http://127.0.0.1:${port}`;
  if (current.loadBalancer === undefined) return [`create the load balancer at ${at}`];
  const lost = current.loadedConfig === undefined;
  if (lost || current.loadBalancer.rendered !== loadBalancerRendered) return [`replace the load balancer at ${at}`];
  if (!current.loadBalancer.running) return [`start the load balancer at ${at}`];
  return current.loadedConfig === stacks.haproxyConfig ? [] : ['reload the load balancer with its new configuration'];
}

function serviceChanges({ stacks, version }: Proposal, current: Current): string[] {
  const expected = expectedServices(stacks.names.stack, stacks.services);
  const names = new Set(expected.map(({ swarmName }) => swarmName));
  const obsolete = current.services.filter(({ name, labels }) => labelNames.release in labels && !names.has(name));
  const lines = expected.flatMap((one) => {
    const service = current.services.find(({ name }) => name === one.swarmName);
    const document = stacks.services.services[one.name];
    if (service === undefined || document === undefined) {
      return [`create the service ${one.name}: ${one.replicas} tasks of ${version}`];
    }
    if (service.labels[labelNames.rendered] !== one.rendered) {
      const from = current.deployed?.services.services[one.name];
      return [`update the service ${one.name}: ${differences(from, document).join(', ')}`];
    }
    const drift = liveDifferences(service, document);
    if (drift.length > 0) return [`restore the service ${one.name}: ${drift.join(', ')}`];
    return isSettled(one, current) ? [] : [`wait for the service ${one.name}, whose tasks are not all ready`];
  });
  return [...lines, ...obsolete.map(({ labels }) => `remove the service ${labels[labelNames.service] ?? ''}`)];
}

function scheduleChanges({ stacks, schedulerRevision, version }: Proposal, current: Current): string[] {
  const scheduled = stacks.jobs.filter(({ schedule }) => schedule !== undefined);
  const names = scheduled.map(({ name }) => name).join(', ');
  if (scheduled.length === 0) return current.scheduler === undefined ? [] : ['remove the scheduler'];
  if (current.scheduler === undefined) return [`schedule ${names} with ${version}`];
  const missing = scheduled.some(
    ({ containerName }) => !current.jobs.some((job) => job.containerName === containerName),
  );
  if (missing || current.scheduler.revision !== schedulerRevision) return [`schedule ${names} again, with ${version}`];
  return current.scheduler.running ? [] : ['start the scheduler'];
}

function alarmChanges({ program, givenAlarms }: Proposal): string[] {
  const same = givenAlarms === undefined || fingerprint(givenAlarms) === fingerprint(program.alarms);
  return same ? [] : ['load the alarms of the program into Prometheus'];
}

function isSettled(expected: Expected, { services, tasks }: Current): boolean {
  const service = services.find(({ name }) => name === expected.swarmName);
  return assessRollout(expected, service, tasks.get(expected.swarmName) ?? []).verdict === 'settled';
}

/** How two definitions of a service differ, in the words of ECS. */
export function differences(from: SwarmService | undefined, to: SwarmService): string[] {
  if (from === undefined) return ['another definition'];
  const facts = (service: SwarmService) => ({
    release: service.labels[labelNames.release] ?? '',
    'memory limit': service.deploy.resources.limits.memory,
    'CPU limit': service.deploy.resources.limits.cpus ?? 'none',
    'desired count': String(service.deploy.replicas),
    'stop timeout': service.stop_grace_period,
  });
  const before = facts(from);
  const named = Object.entries(facts(to)).flatMap(([name, value]) => {
    const old = before[name as keyof typeof before];
    return old === value ? [] : [`${name} ${old} → ${value}`];
  });
  const variables = changedKeys(from.environment, to.environment);
  const secrets = from.labels[labelNames.secrets] === to.labels[labelNames.secrets] ? [] : ['values of secrets'];
  const lines = [...named, ...(variables.length === 0 ? [] : [`variables ${variables.join(', ')}`]), ...secrets];
  return lines.length === 0 ? ['another definition'] : lines;
}

function changedKeys(from: Readonly<Record<string, string>>, to: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((key) => from[key] !== to[key]).toSorted();
}

/** What a document's services should end up as. */
export function expectedServices(stack: string, { services }: StackDocument): Expected[] {
  return Object.entries(services).map(([name, { deploy, labels, healthcheck }]) => ({
    name,
    swarmName: `${stack}_${name}`,
    revision: labels[labelNames.revision] ?? '',
    rendered: deploy.labels[labelNames.rendered] ?? '',
    replicas: deploy.replicas,
    // Without a check, a task that runs is ready.
    patienceSeconds: 'disable' in healthcheck ? 0 : Number.parseInt(healthcheck.start_period, 10) + healthcheck.retries,
  }));
}
