import { nothingRuns } from '../../release/nothing-runs.ts';
import type { Connection, ConnectRequest } from '../../release/operations.ts';
import { readOnlyOption } from '../../release/operations.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import { readSwarm } from '../swarm/swarm.ts';
import { serverVariables } from '../translate/database.ts';
import { labelNames } from '../translate/stack-document.ts';
import { readContainer } from './containers.ts';

/** psql in the container of Postgres, whose socket asks for no password. */
export async function connectToDatabase(
  docker: Docker,
  place: Place,
  { write, args, interactive }: ConnectRequest,
): Promise<Connection> {
  const { services, tasksOf } = await readSwarm(docker, place.instance, place.environment);
  const database = services.find(({ labels }) => labels[labelNames.data]?.startsWith('Postgres') === true);
  const task = (database === undefined ? [] : tasksOf(database)).find(({ state }) => state === 'running');
  if (task?.containerId === undefined) throw nothingRuns({ kind: 'local' }, place.environment, 'to connect to');
  const { Config } = await readContainer(docker, task.containerId);
  const variable = (name: string) =>
    Config.Env?.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const login = [
    '--host',
    '/tmp',
    '--username',
    variable(serverVariables.user),
    '--dbname',
    variable(serverVariables.database),
  ];
  const options = write ? [] : ['--env', `PGOPTIONS=${readOnlyOption}`];
  return {
    invocation: {
      executable: docker.executable,
      args: [
        'exec',
        '--interactive',
        ...(interactive ? ['--tty'] : []),
        ...options,
        task.containerId,
        'psql',
        ...login,
        ...args,
      ],
      variables: {},
      reportsExitCode: true,
    },
    close: async () => undefined,
  };
}
