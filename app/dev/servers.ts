import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { freePort, PostgresServer } from './postgres-server.ts';
import { findValkey, valkeyOnPath } from './valkey-binary.ts';
import { LocalValkey } from './valkey-server.ts';

type Variables = Readonly<Record<string, string>>;

/** Postgres and Valkey on loopback ports of their own; their data goes with them. */
export interface Servers {
  /** What a person connects a client to. */
  readonly addresses: Readonly<Record<'Postgres', string> & Partial<Record<'Valkey', string>>>;
  readonly api: Variables;
  /** `undefined`: there is no Valkey, and without one the worker has nothing to do. */
  readonly worker: Variables | undefined;
  readonly migrate: Variables;
  stop(): Promise<void>;
}

export async function startServers(app: string, say: (text: string) => void): Promise<Servers> {
  const [postgres, valkey] = await Promise.all([PostgresServer.start(), startValkey(say)]);
  const { address } = postgres;
  const database = { DATABASE_HOST: address.host, DATABASE_PORT: String(address.port) };
  const owner = { DATABASE_USER: address.user, DATABASE_PASSWORD: address.password };
  const base: Variables = {
    ...variablesOf(app, 'development.env'),
    LOG_LEVEL: 'info',
    ...database,
    ...valkey?.variables,
  };
  const { VALKEY_PASSWORD: secret, VALKEY_PORT: valkeyPort } = valkey?.variables ?? {};
  return {
    addresses: {
      Postgres: `postgres://${address.user}:${address.password}@${address.host}:${address.port}/${base['DATABASE_NAME']}`,
      ...(valkey && { Valkey: `redis://:${secret}@127.0.0.1:${valkeyPort}` }),
    },
    api: base,
    worker: valkey && {
      ...base,
      ...variablesOf(app, 'development.worker.env'),
      ...valkey.variables,
      PORT: String(await freePort()),
    },
    migrate: { ...base, ...variablesOf(app, 'development.migrate.env'), ...owner },
    async stop() {
      await Promise.all([postgres.remove(), valkey?.remove()]);
    },
  };
}

async function startValkey(say: (text: string) => void): Promise<LocalValkey | undefined> {
  if (valkeyOnPath() === undefined) {
    say('No valkey-server or redis-server is on the PATH: asking apt-get for one');
  }
  const binary = findValkey();
  if ('missing' in binary) {
    say(`Without Valkey (${binary.missing}): the API caches nothing, and there is no worker`);
    return undefined;
  }
  const valkey = new LocalValkey(binary.path, await freePort());
  await valkey.start();
  return valkey;
}

/** Without the port for metrics: nobody collects them here. */
function variablesOf(app: string, file: string): Variables {
  const { METRICS_PORT: _, ...variables } = parseEnv(readFileSync(join(app, file), 'utf8'));
  return variables as Variables;
}
