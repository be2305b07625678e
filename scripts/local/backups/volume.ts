import { workMs } from '../../messages/tool-deadline.ts';
import { UserError } from '../../messages/user-error.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import { readSwarm } from '../swarm/swarm.ts';
import { dataFolder, serverVariables } from '../translate/database.ts';
import { deriveNames } from '../translate/names.ts';
import { labelNames } from '../translate/stack-document.ts';

/** The database server of an environment, running or not. */
export interface DatabaseServer {
  /** Of its Swarm service. */
  readonly service: string;
  readonly image: string;
  readonly volume: string;
  /** Data folder, as its containers see it. */
  readonly data: string;
  readonly databaseName: string;
}

/** `undefined`: the environment has none. */
export async function findServer(
  docker: Docker,
  { instance, environment }: Place,
): Promise<DatabaseServer | undefined> {
  const { services } = await readSwarm(docker, instance, environment);
  const service = services.find(({ labels }) => labels[labelNames.data]?.startsWith('Postgres') === true);
  if (service === undefined) return undefined;
  const { image, environment: variables } = service.container;
  return {
    service: service.name,
    image,
    volume: deriveNames(instance, environment).volume,
    data: variables['DATA'] ?? dataFolder,
    databaseName: variables[serverVariables.database] ?? 'postgres',
  };
}

export interface VolumeScript {
  readonly server: DatabaseServer;
  readonly script: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** A second volume, at `/into`. */
  readonly into?: string;
  readonly signal?: AbortSignal;
}

/** User id of Postgres, whose files they are. */
const user = '999';

/** Runs a script in a container of its own, with the data volume and without a network. @returns its lines */
export async function inVolume(
  docker: Docker,
  { server, script, variables = {}, into, signal }: VolumeScript,
): Promise<readonly string[]> {
  const pairs = Object.entries({ DATA: server.data, ...variables }).flatMap(([name, value]) => [
    '--env',
    `${name}=${value}`,
  ]);
  const { exitCode, stdout, stderr } = await docker.attempt(
    [
      'run',
      '--rm',
      '--network',
      'none',
      '--user',
      user,
      '--volume',
      `${server.volume}:${dataFolder}`,
      ...(into === undefined ? [] : ['--volume', `${into}:/into`]),
      ...pairs,
      '--entrypoint',
      '/bin/sh',
      server.image,
      '-c',
      script,
    ],
    { timeoutMs: workMs, signal },
  );
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (exitCode === 0) return lines;
  const at = lines.findIndex((line) => line.startsWith('FAILED '));
  throw new UserError({
    code: 'RESTORE_FAILED',
    message: at === -1 ? 'The data volume could not be read or written.' : `${sentence(lines[at] ?? '')}.`,
    rule: 'The database that serves was not touched.',
    details: [...lines.slice(at + 1), ...stderr.split('\n')].slice(-30).join('\n'),
  });
}

function sentence(line: string): string {
  const text = line.slice('FAILED '.length);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
