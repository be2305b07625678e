import { randomBytes } from 'node:crypto';
import { insteadOf } from '../../../infra/compute/container/definition.ts';
import { interrupted } from '../../release/interruption.ts';
import type { OneOffEnd, RunRequest } from '../../release/operations.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import { deriveNames } from '../translate/names.ts';
import { labelNames } from '../translate/stack-document.ts';
import { type ContainerSource, readContainer, runningContainer } from './containers.ts';

/** As long as ECS waits before it kills, by default. */
const stopSeconds = 30;

/** A container of its own, started as a running task of the process was, with another program. */
export async function runOnce(
  docker: Docker,
  place: Place,
  { process: asked, program }: RunRequest,
  show: (line: string) => void,
  signal: AbortSignal,
): Promise<OneOffEnd> {
  const { process, containerId } = await runningContainer(docker, place, asked, 'to take image and variables from');
  const source = await readContainer(docker, containerId);
  const { stack, network } = deriveNames(place.instance, place.environment);
  const name = `${stack}-run-${randomBytes(4).toString('hex')}`;
  const stop = () => void docker.attempt(['stop', '--time', String(stopSeconds), name]).catch(() => undefined);
  signal.throwIfAborted();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { exitCode } = await docker.attempt(runArguments({ name, network, process, place, source, program }), {
      variables: variablesOf(source),
      onLine: show,
    });
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
