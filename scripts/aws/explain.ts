import { GetLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import type { Service } from '@aws-sdk/client-ecs';
import { readableLine, readLogFailure } from '../messages/log-failure.ts';
import { sayToolFailure } from '../messages/tool-failure.ts';
import type { LastRun } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';
import { readRollout } from './rollout.ts';
import { targetHealth } from './running.ts';
import { activeServices, clusterExists, idOf, primaryDeployment } from './services.ts';
import { endedRunsOf, type StoppedContainer, type StoppedTask, stoppedTasksOf } from './stopped-tasks.ts';

type Platform = Pick<AwsClients, 'ecs' | 'elb' | 'logs'>;

const eventsShown = 8;
const stoppedTasksShown = 3;
const logLinesShown = 20;

/** Exit codes that the app did not choose; 128 + n is death by signal n. */
const exitCodes: Readonly<Record<number, string>> = {
  134: 'aborted, as V8 does when its heap is full',
  137: 'killed: over its memory limit, or still running at the end of its stop timeout',
  139: 'segmentation fault in native code',
  143: 'ended on SIGTERM',
};

/**
 * Why tasks of an environment do not run or are not healthy, and why the last runs of scheduled processes failed; empty if
 * there is nothing to report.
 *
 * @param now milliseconds since the epoch
 * @param scheduled names of the processes that run on a schedule
 */
export async function explainServices(
  clients: Platform,
  names: AwsNames,
  now: number,
  scheduled: readonly string[] = [],
): Promise<string> {
  return talkToAws(async () => {
    if (!(await clusterExists(clients, names.cluster))) return '';
    const services = await activeServices(clients, names);
    const texts = await Promise.all([
      ...services.map((service) => explainService(clients, names, service, now)),
      ...scheduled.map((process) => explainRun(clients, names, process, now)),
    ]);
    return texts.filter((text) => text !== '').join('\n\n');
  });
}

async function explainService(clients: Platform, names: AwsNames, service: Service, now: number): Promise<string> {
  const name = service.serviceName ?? '';
  const [{ deployment }, stopped, health] = await Promise.all([
    readRollout(clients, { name, cluster: names.cluster }),
    stoppedTasksOf(clients, names, name, { enough: stoppedTasksShown, now }),
    targetHealth(clients, service),
  ]);
  const latest = stopped.tasks.slice(0, stoppedTasksShown);
  const primary = primaryDeployment(service);
  const sections = [
    `${names.shortName(name)}: ${service.runningCount ?? 0} of ${service.desiredCount ?? 0} tasks run`,
    ...lines('deployment', [
      ...(deployment === undefined
        ? []
        : [`${deployment.status}: ${deployment.rollback?.reason ?? deployment.statusReason ?? ''}`]),
      ...(primary?.rolloutState === 'COMPLETED' ? [] : [primary?.rolloutStateReason ?? '']),
    ]),
    ...lines('events', (service.events ?? []).slice(0, eventsShown).toReversed().map(renderEvent)),
    ...lines('stopped tasks', [
      ...latest.flatMap(renderStopped),
      ...(stopped.unknown === undefined ? [] : [`those of more than an hour ago are not known: ${stopped.unknown}`]),
    ]),
    ...lines('load balancer', unhealthyTargets(health)),
    ...logSections(idOf(latest[0]?.taskArn), await lastLines(clients, names, name, latest[0])),
  ];
  return sections.join('\n');
}

/** How the last runs of scheduled processes ended. */
export async function readLastRuns(
  clients: Pick<AwsClients, 'ecs' | 'logs'>,
  names: AwsNames,
  now: number,
  scheduled: readonly string[],
): Promise<readonly LastRun[]> {
  return talkToAws(async () => {
    if (scheduled.length === 0 || !(await clusterExists(clients, names.cluster))) return [];
    return Promise.all(
      scheduled.map(async (process): Promise<LastRun> => {
        const { tasks, unknown } = await endedRunsOf(clients, names, process, now);
        const [last] = tasks;
        if (last === undefined) return { process, ...(unknown === undefined ? {} : { unknown }) };
        const failed = failureOf(last, process);
        const at = last.stoppedAt === 0 ? {} : { at: new Date(last.stoppedAt).toISOString() };
        return { process, ...at, ...(failed === undefined ? {} : { failed }) };
      }),
    );
  });
}

/** `undefined`: its own container ended with 0. How sidecars end does not matter. */
function failureOf({ reason, containers }: StoppedTask, process: string): string | undefined {
  const own = containers.find(({ name }) => name === process);
  if (own?.exitCode === 0) return undefined;
  const code = own?.exitCode;
  const parts =
    code === undefined ? [own?.reason ?? '', reason] : [`exit code ${code}`, explainExitCode(code), own?.reason ?? ''];
  return parts.filter((part) => part !== '').join(', ') || 'no reason given';
}

async function explainRun(clients: Platform, names: AwsNames, process: string, now: number): Promise<string> {
  const [last] = (await endedRunsOf(clients, names, process, now)).tasks;
  if (last === undefined || failureOf(last, process) === undefined) return '';
  return [
    `${process}: its last run on schedule failed`,
    ...lines('task', renderStopped(last)),
    ...logSections(idOf(last.taskArn), await lastLines(clients, names, process, last)),
  ].join('\n');
}

/** The error first: it may be far above the last line. */
function logSections(task: string, log: readonly string[]): readonly string[] {
  const { error, place, block } = readLogFailure(log);
  return [
    ...lines(
      'error in the log',
      error === undefined ? [] : [sayToolFailure({ error, ...(place === undefined ? {} : { place }), block })],
    ),
    ...lines(`last log lines of ${task}`, log.map(readableLine)),
  ];
}

function lines(title: string, texts: readonly string[]): readonly string[] {
  const said = texts.map((text) => text.trimEnd()).filter((text) => text !== '');
  return said.length === 0 ? [] : [`  ${title}:`, ...said.map((text) => `    ${text}`)];
}

function renderEvent({ createdAt, message }: { createdAt?: Date | undefined; message?: string | undefined }): string {
  return `${createdAt?.toISOString().slice(11, 19) ?? ''} ${message ?? ''}`;
}

function renderStopped({ taskArn, definition, stoppedAt, reason, containers }: StoppedTask): readonly string[] {
  const at = stoppedAt === 0 ? '' : ` at ${new Date(stoppedAt).toISOString().slice(0, 19)}Z`;
  return [
    `${idOf(taskArn)} (${definition.split('/').at(-1) ?? ''})${at}: ${reason === '' ? 'no reason given' : reason}`,
    ...containers.map(renderContainer).filter((text) => text !== ''),
  ];
}

function renderContainer({ name, exitCode, reason }: StoppedContainer): string {
  if (exitCode === undefined && reason === undefined) return '';
  const meaning = exitCode === undefined ? 'it never started' : explainExitCode(exitCode);
  const code = exitCode === undefined ? '' : `exit code ${exitCode}`;
  return `  ${name}: ${[code, meaning, reason].filter((part) => part !== undefined && part !== '').join(', ')}`;
}

/** Empty for the app's own codes. */
function explainExitCode(exitCode: number): string {
  return exitCodes[exitCode] ?? '';
}

function unhealthyTargets(health: Awaited<ReturnType<typeof targetHealth>>): readonly string[] {
  return [...(health ?? [])]
    .filter(([, { state }]) => state !== 'healthy')
    .map(([address, { state, reason }]) => `${address} is ${state}${reason === '' ? '' : `: ${reason}`}`);
}

async function lastLines(
  { logs }: Platform,
  names: AwsNames,
  service: string,
  task: StoppedTask | undefined,
): Promise<readonly string[]> {
  if (task === undefined) return [];
  const container = names.shortName(service);
  try {
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({
        logGroupName: names.logGroup(container),
        logStreamName: logStream(container, idOf(task.taskArn)),
        limit: logLinesShown,
        startFromHead: false,
      }),
    );
    return events.map(({ message }) => message ?? '');
  } catch (error) {
    // A container that never started has no stream.
    if (error instanceof ResourceNotFoundException) return [];
    throw error;
  }
}

/** `<awslogs-stream-prefix>/<container>/<task>`; the program sets the prefix to the container's name. */
function logStream(container: string, taskId: string): string {
  return `${container}/${container}/${taskId}`;
}
