import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import autocannon from 'autocannon';
import { newSession } from '../scripts/testing/session.ts';
import { type Contender, start } from './contender.ts';
import { type Database, startPostgres } from './postgres.ts';
import { median, type Row } from './table.ts';

const project = resolve(import.meta.dirname, '..');
const starts = 11;
const loadRounds = 5;
const loadSeconds = 5;

/** The app beside the floor, in turn, so that both see the same machine: start-up, throughput, latency, memory. */
export async function benchApp(): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build', '--workspace', 'app'], { cwd: project, stdio: 'ignore' });
  const database = await startPostgres();
  try {
    const app = appContender(database.variables);
    execFileSync(process.execPath, ['dist/migrate.js'], {
      cwd: app.directory,
      env: { ...app.variables, ...database.variables, ...appRole, PATH: process.env['PATH'] },
      stdio: 'ignore',
    });
    await database.query(seed);
    const contenders = [floorContender(database.variables), app] as const;
    return [...(await benchStart(contenders)), ...(await benchLoad(contenders, database))];
  } finally {
    await database.stop();
  }
}

/** Made by the migrations; what the app connects as. */
const appRole = { APP_DATABASE_USER: 'app', APP_DATABASE_PASSWORD: 'bench-app' };

const seed = `INSERT INTO todos (id, title, description, completed, created_at)
  SELECT gen_random_uuid(), 'Todo number ' || n, 'Something to be done in good time', n % 3 = 0, now() - n * interval '1 second'
  FROM generate_series(1, 1000) AS n`;

const listSql = `SELECT id, title, description, completed, created_at, updated_at FROM todos
  ORDER BY created_at DESC, id DESC LIMIT 20`;

type Pair = readonly [floor: Contender, app: Contender];

function floorContender(variables: Readonly<Record<string, string>>): Contender {
  return {
    name: 'floor',
    argv: ['bench/floor.js'],
    directory: project,
    variables: { ...variables, DATABASE_POOL_SIZE: '10', FLOOR_LIST_SQL: listSql, NODE_ENV: 'production' },
  };
}

function appContender(variables: Readonly<Record<string, string>>): Contender {
  return {
    name: 'app',
    argv: ['dist/main.js'],
    directory: resolve(project, 'app'),
    variables: {
      ...variables,
      NODE_ENV: 'production',
      ENVIRONMENT: 'bench',
      SERVICE_NAME: 'api',
      AWS_REGION: 'local',
      LOG_LEVEL: 'info',
      RELEASE_VERSION: 'bench',
      RELEASE_COMMIT: 'bench',
      DATABASE_TLS: 'disable',
      DATABASE_USER: appRole.APP_DATABASE_USER,
      DATABASE_PASSWORD: appRole.APP_DATABASE_PASSWORD,
      AUTH_SECRETS: 'only-for-the-bench-0123456789-0123456789',
      REQUESTS_PER_MINUTE: '100000000',
      DATABASE_POOL_SIZE: '10',
      DATABASE_CONNECT_TIMEOUT_MS: '2000',
      DATABASE_STATEMENT_TIMEOUT_MS: '10000',
      READY_TIMEOUT_MS: '1000',
      KEEP_ALIVE_TIMEOUT_SECONDS: '65',
      HEADERS_TIMEOUT_SECONDS: '66',
      REQUEST_TIMEOUT_SECONDS: '30',
      BODY_LIMIT_KIB: '256',
      DRAIN_DELAY_SECONDS: '5',
      SHUTDOWN_TIMEOUT_SECONDS: '50',
    },
  };
}

async function benchStart([floor, app]: Pair): Promise<Row[]> {
  const readyAfter = { floor: [] as number[], app: [] as number[] };
  for (let round = 0; round < starts; round += 1) {
    for (const [contender, figures] of [[floor, readyAfter.floor] as const, [app, readyAfter.app] as const]) {
      const running = await start(contender);
      figures.push(running.readyAfterMs);
      await running.stop();
    }
  }
  return [
    {
      name: `process start → /ready 200, median of ${starts}`,
      unit: 'ms',
      floor: median(readyAfter.floor),
      ours: median(readyAfter.app),
      target: { ratio: 2.5, better: 'lower' },
    },
  ];
}

async function benchLoad([floor, app]: Pair, database: Database): Promise<Row[]> {
  const figures = { floor: newFigures(), app: newFigures() };
  const servers = [[await start(floor), figures.floor] as const, [await start(app), figures.app] as const] as const;
  try {
    // One who has all the todos; the floor lets anyone see them.
    const headers = await newSession(servers[1][0].url);
    await database.query('UPDATE todos SET owner_id = (SELECT id FROM users)');
    await database.query('VACUUM ANALYZE todos');
    for (const [server] of servers) await load(`${server.url}/todos?limit=20`, headers, 2);
    for (let round = 0; round < loadRounds; round += 1) {
      for (const [server, into] of servers) {
        const result = await load(`${server.url}/todos?limit=20`, headers, loadSeconds);
        into.requestsPerSecond.push(result.requests.average);
        into.p99.push(result.latency.p99);
      }
    }
    for (const [server, into] of servers) into.residentMiB.push(server.residentMiB());
  } finally {
    for (const [server] of servers) await server.stop();
  }
  const rows = `list of 20 rows, 16 connections, median of ${loadRounds} × ${loadSeconds} s`;
  return [
    {
      name: `requests/s, ${rows}`,
      unit: '/s',
      floor: median(figures.floor.requestsPerSecond),
      ours: median(figures.app.requestsPerSecond),
      target: { ratio: 0.7, better: 'higher' },
    },
    { name: `p99 latency, ${rows}`, unit: 'ms', floor: median(figures.floor.p99), ours: median(figures.app.p99) },
    {
      name: 'resident memory after that load',
      unit: 'MiB',
      floor: median(figures.floor.residentMiB),
      ours: median(figures.app.residentMiB),
    },
  ];
}

const newFigures = () => ({ requestsPerSecond: [] as number[], p99: [] as number[], residentMiB: [] as number[] });

async function load(
  url: string,
  headers: Readonly<Record<string, string>>,
  duration: number,
): Promise<autocannon.Result> {
  const result = await autocannon({ url, headers: { ...headers }, connections: 16, duration });
  if (result.non2xx + result.errors > 0) throw new Error(`${url}: ${result.non2xx + result.errors} requests failed`);
  return result;
}
