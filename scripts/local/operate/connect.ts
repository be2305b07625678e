import { assertPsql } from '../../messages/psql.ts';
import { nothingRuns } from '../../release/nothing-runs.ts';
import type { Connection, ConnectRequest } from '../../release/operations.ts';
import { readOnlyOption } from '../../release/operations.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import { readSwarm, staysRunning } from '../swarm/swarm.ts';
import { serverVariables } from '../translate/database.ts';
import { labelNames } from '../translate/stack-document.ts';
import { readContainer } from './containers.ts';
import { forwardToTask } from './forward.ts';

export interface LocalContext {
  readonly docker: Docker;
  readonly place: Place;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

const databasePort = 5432;

/** psql in the container of Postgres, whose socket asks for no password. */
export async function connectToDatabase(
  { docker, place, variables }: LocalContext,
  { write, args, interactive }: ConnectRequest,
): Promise<Connection> {
  const { services, tasksOf } = await readSwarm(docker, place.instance, place.environment);
  const database = services.find(({ labels }) => labels[labelNames.data]?.startsWith('Postgres') === true);
  const task = (database === undefined ? [] : tasksOf(database)).find(staysRunning);
  if (task?.containerId === undefined) throw nothingRuns({ kind: 'local' }, place.environment, 'to connect to');
  const databaseName = database?.labels[labelNames.service] ?? '';
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
  if (!(await hasPsql(docker, task.containerId))) {
    const { containerId } = task;
    const database = {
      host: databaseName,
      user: variable(serverVariables.user),
      name: variable(serverVariables.database),
    };
    return throughTask({ docker, place, variables }, { write, args }, { ...database, containerId });
  }
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

/** The official image has it, the one that is built from packages does not. */
async function hasPsql(docker: Docker, containerId: string): Promise<boolean> {
  return (await docker.attempt(['exec', containerId, 'sh', '-c', 'command -v psql'])).exitCode === 0;
}

interface Database {
  readonly host: string;
  readonly name: string;
  readonly user: string;
  readonly containerId: string;
}

/** psql of this machine through a running task, as on AWS. */
async function throughTask(
  { docker, place, variables }: LocalContext,
  { write, args }: Pick<ConnectRequest, 'write' | 'args'>,
  { host, name, user, containerId }: Database,
): Promise<Connection> {
  await assertPsql(variables);
  const password = await docker.run(['exec', containerId, 'cat', '/run/secrets/password']);
  const tunnel = await forwardToTask(docker, place, { port: databasePort, localPort: 0 }, host);
  return {
    invocation: {
      executable: 'psql',
      args,
      variables: {
        PGHOST: '127.0.0.1',
        PGPORT: String(tunnel.localPort),
        PGDATABASE: name,
        PGUSER: user,
        PGPASSWORD: password,
        PGSSLMODE: 'require',
        PGAPPNAME: 'stack connect',
        ...(write ? {} : { PGOPTIONS: readOnlyOption }),
      },
      reportsExitCode: true,
    },
    close: () => tunnel.close(),
  };
}
