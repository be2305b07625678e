import { randomBytes } from 'node:crypto';
import { insteadOf } from '../../../infra/compute/container/definition.ts';
import { interrupted } from '../../release/interruption.ts';
import { needsProgram, type OneOffEnd, type RunRequest } from '../../release/operations.ts';
import { containerArguments } from '../apply/migrate.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import { folderOf, readDeployed } from '../state/place.ts';
import { deriveNames } from '../translate/names.ts';
import { labelNames } from '../translate/stack-document.ts';
import { type ContainerSource, readContainer, runningContainer } from './containers.ts';

/** As long as ECS waits before it kills, by default. */
const stopSeconds = 30;

/** What a run in a container of its own needs. */
export interface RunContext {
  readonly docker: Docker;
  readonly place: Place;
  /** Values of secrets, by variable of the deploying process. */
  readonly secretVariables: () => Promise<Readonly<Record<string, string>>>;
}

/**
 * A container of its own: of a one-off, as it was deployed last; else as a running task of the process,
 * with another program.
 */
export async function runOnce(
  { docker, place, secretVariables }: RunContext,
  { process: asked, program }: RunRequest,
  show: (line: string) => void,
  signal: AbortSignal,
): Promise<OneOffEnd> {
  const job = (await readDeployed(folderOf(place)))?.jobs?.find(({ name }) => name === asked);
  if (job !== undefined) {
    const command = program.length === 0 ? {} : { command: insteadOf(job.container.command ?? [], program) };
    const values = await secretVariables();
    const secrets = Object.entries(job.container.secrets).map(([name, from]) => [name, values[from] ?? ''] as const);
    const start = (name: string, network: string) => ({
      args: [
        'run',
        '--rm',
        ...['--name', name, '--network', network],
        ...containerArguments({ container: { ...job.container, ...command }, labels: job.labels }),
      ],
      variables: Object.fromEntries(secrets),
    });
    return await runContainer({ docker, place, process: job.name, start, show, signal });
  }
  if (program.length === 0) throw needsProgram(asked);
  const { process, containerId } = await runningContainer(docker, place, asked, 'to take image and variables from');
  const source = await readContainer(docker, containerId);
  const start = (name: string, network: string) => ({
    args: runArguments({ name, network, process, place, source, program }),
    variables: variablesOf(source),
  });
  return await runContainer({ docker, place, process, start, show, signal });
}

interface ContainerRun {
  readonly docker: Docker;
  readonly place: Place;
  readonly process: string;
  readonly start: (
    name: string,
    network: string,
  ) => { readonly args: readonly string[]; readonly variables: Readonly<Record<string, string>> };
  readonly show: (line: string) => void;
  readonly signal: AbortSignal;
}

async function runContainer({ docker, place, process, start, show, signal }: ContainerRun): Promise<OneOffEnd> {
  const { stack, network } = deriveNames(place.instance, place.environment);
  const name = `${stack}-run-${randomBytes(4).toString('hex')}`;
  const stop = () => void docker.attempt(['stop', '--time', String(stopSeconds), name]).catch(() => undefined);
  signal.throwIfAborted();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { args, variables } = start(name, network);
    const { exitCode } = await docker.attempt(args, { variables, onLine: show });
    if (signal.aborted) throw interrupted('Its task was stopped.');
    return { process, task: name, exitCode };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

interface OneOff {
  readonly name: string;
  readonly network: string;
  readonly process: string;
  readonly place: Place;
  readonly source: ContainerSource;
  readonly program: readonly string[];
}

/** The command line; variables are named, not shown: their values come from the environment of the Docker client. */
export function runArguments({ name, network, process, place, source, program }: OneOff): string[] {
  const { Image, Config, HostConfig } = source;
  const { Memory, NanoCpus, ReadonlyRootfs, Init, CapAdd, CapDrop, Ulimits, Mounts } = HostConfig;
  const [entrypoint, ...further] = Config.Entrypoint ?? [];
  const labels = {
    [labelNames.instance]: place.instance,
    [labelNames.environment]: place.environment,
    [labelNames.checkout]: place.projectDirectory,
    [labelNames.service]: `${process}-run`,
  };
  const each = <Item>(items: readonly Item[] | null | undefined, flags: (item: Item) => readonly string[]) =>
    (items ?? []).flatMap(flags);
  return [
    'run',
    '--rm',
    ...['--name', name, '--network', network],
    ...(Memory === 0 ? [] : ['--memory', String(Memory)]),
    ...(NanoCpus === 0 ? [] : ['--cpus', String(NanoCpus / 1e9)]),
    ...(Config.User === '' ? [] : ['--user', Config.User]),
    ...(Config.WorkingDir === '' ? [] : ['--workdir', Config.WorkingDir]),
    ...(Init === true ? ['--init'] : []),
    ...(ReadonlyRootfs ? ['--read-only'] : []),
    ...each(CapAdd, (capability) => ['--cap-add', capability]),
    ...each(CapDrop, (capability) => ['--cap-drop', capability]),
    ...each(Ulimits, ({ Name, Soft, Hard }) => ['--ulimit', `${Name}=${Soft}:${Hard}`]),
    ...each(Mounts, ({ Type, Target, TmpfsOptions }) =>
      Type === 'tmpfs' ? ['--tmpfs', `${Target}:mode=1777${sizeOf(TmpfsOptions?.SizeBytes)}`] : [],
    ),
    '--no-healthcheck',
    ...each(Object.entries(labels), ([key, value]) => ['--label', `${key}=${value}`]),
    ...each(Object.keys(variablesOf(source)), (variable) => ['--env', variable]),
    ...each(Object.entries(ownOfClient(source)), ([variable, value]) => ['--env', `${variable}=${value}`]),
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    Image,
    ...further,
    ...insteadOf(Config.Cmd ?? [], program),
  ];
}

function sizeOf(bytes: number | undefined): string {
  return bytes === undefined || bytes === 0 ? '' : `,size=${bytes}`;
}

/** What the Docker client would take for its own if it were in its environment; none of it is secret. */
const clientVariables = /^(?:PATH|HOME|DOCKER_.*|BUILDKIT_.*)$/;

function variablesOf(source: ContainerSource): Record<string, string> {
  return Object.fromEntries(pairsOf(source).filter(([name]) => !clientVariables.test(name)));
}

function ownOfClient(source: ContainerSource): Record<string, string> {
  return Object.fromEntries(pairsOf(source).filter(([name]) => clientVariables.test(name)));
}

function pairsOf({ Config }: ContainerSource): readonly (readonly [string, string])[] {
  return (Config.Env ?? []).map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
}
