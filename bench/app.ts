import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import autocannon from 'autocannon';
import ts from 'typescript';
import { deriveMemory } from '../infra/contract/processes.ts';
import { newSession } from '../scripts/testing/session.ts';
import { type Contender, start } from './contender.ts';
import { type Database, startPostgres } from './postgres.ts';
import type { Row } from './table.ts';

const project = resolve(import.meta.dirname, '..');
const boots = 11;
/** Until V8 has compiled what is hot; by their number, as a slow contender would otherwise be measured colder. */
const warmUpRequests = 15_000;
const loadRounds = 9;
const loadSeconds = 3;

/** The app beside the floor, in turn, so that both see the same machine: boot, throughput, latency, memory. */
export async function benchApp(): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build', '--workspace', 'app'], { cwd: project, stdio: 'ignore' });
  const database = await startPostgres();
  try {
    const app = appContender({ ...database.variables, ...heap });
    execFileSync(process.execPath, ['dist/migrate.js'], {
      cwd: app.directory,
      env: { ...app.variables, ...database.variables, ...appRole, PATH: process.env['PATH'] },
      stdio: 'ignore',
    });
    await database.query(seed);
    const contenders = {
      floor: floorContender({ ...database.variables, ...heap }),
      usual: await usualContender(app),
      ours: app,
    };
    return [...(await benchBoot(contenders)), ...(await benchLoad(contenders, database))];
  } finally {
    await database.stop();
  }
}

/** Made by the migrations; what the app connects as. */
const appRole = { APP_DATABASE_USER: 'app', APP_DATABASE_PASSWORD: 'bench-app' };

/** Of the smallest task that the settings allow. Every contender runs in it: without, V8 sizes it by the machine. */
const { maxOldSpaceMiB, maxSemiSpaceMiB } = deriveMemory(512, { sidecarMemoryMiB: 0, foldersMiB: 0 });
const heap = {
  NODE_OPTIONS: `--max-old-space-size=${maxOldSpaceMiB} --max-semi-space-size=${maxSemiSpaceMiB}`,
};

const seed = `INSERT INTO todos (id, title, description, completed, created_at)
  SELECT gen_random_uuid(), 'Todo number ' || n, 'Something to be done in good time', n % 3 = 0, now() - n * interval '1 second'
  FROM generate_series(1, 1000) AS n`;

const listSql = `SELECT id, title, description, completed, created_at, updated_at FROM todos
  ORDER BY created_at DESC, id DESC LIMIT 20`;

type Contenders = Readonly<Record<'floor' | 'usual' | 'ours', Contender>>;
const order = ['floor', 'usual', 'ours'] as const;

/** Transpiled beforehand, as it would be in an image; its packages are found where it lies. */
async function usualContender({ directory, variables }: Contender): Promise<Contender> {
  const file = resolve(project, 'node_modules/.cache/bench/nest-default.mjs');
  const source = await readFile(resolve(directory, 'bench/nest-default.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.ESNext,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, outputText);
  return { name: 'Nest’s default', argv: [file], directory: project, variables };
}

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
      READY_GRACE_SECONDS: '0',
      KEEP_ALIVE_TIMEOUT_SECONDS: '65',
      HEADERS_TIMEOUT_SECONDS: '66',
      REQUEST_TIMEOUT_SECONDS: '30',
      BODY_LIMIT_KIB: '256',
      DRAIN_DELAY_SECONDS: '5',
      SHUTDOWN_TIMEOUT_SECONDS: '50',
    },
  };
}

async function benchBoot(contenders: Contenders): Promise<Row[]> {
  const readyAfter = { floor: [] as number[], usual: [] as number[], ours: [] as number[] };
  for (let round = 0; round < boots; round += 1) {
    for (const name of order) {
      const running = await start(contenders[name]);
      readyAfter[name].push(running.readyAfterMs);
      await running.stop();
    }
  }
  return [
    {
      name: `boot of the app: its process → /ready 200`,
      unit: 'ms',
      ...samplesOf((name) => readyAfter[name]),
      target: { ratio: 1.6, better: 'lower' },
    },
  ];
}

async function benchLoad(contenders: Contenders, database: Database): Promise<Row[]> {
  const figures = { floor: newFigures(), usual: newFigures(), ours: newFigures() };
  const servers = {
    floor: await start(contenders.floor),
    usual: await start(contenders.usual),
    ours: await start(contenders.ours),
  };
  try {
    // One who has all the todos; the floor lets anyone see them.
    const headers = await newSession(servers.ours.url);
    await database.query('UPDATE todos SET owner_id = (SELECT id FROM users)');
    await database.query('VACUUM ANALYZE todos');
    for (const name of order) await load(`${servers[name].url}/todos?limit=20`, headers, { amount: warmUpRequests });
    for (let round = 0; round < loadRounds; round += 1) {
      for (const name of order) {
        const cpuBefore = servers[name].cpuSeconds();
        const result = await load(`${servers[name].url}/todos?limit=20`, headers, { duration: loadSeconds });
        const cpuSeconds = servers[name].cpuSeconds() - cpuBefore;
        figures[name].cpuPerThousand.push((cpuSeconds / result.requests.total) * 1_000);
        figures[name].requestsPerSecond.push(result.requests.average);
        figures[name].p99.push(result.latency.p99);
      }
    }
    for (const name of order) figures[name].residentMiB.push(servers[name].residentMiB());
  } finally {
    for (const name of order) await servers[name].stop();
  }
  const rows = `list of 20 rows, 16 connections, ${loadSeconds} s`;
  return [
    {
      name: `requests/s, ${rows}`,
      unit: '/s',
      ...samplesOf((name) => figures[name].requestsPerSecond),
      target: { ratio: 0.85, better: 'higher' },
    },
    {
      // The generator and the server share the machine, so the row above is partly the generator's.
      name: `CPU time of the server for 1,000 requests, ${rows}`,
      unit: 's',
      ...samplesOf((name) => figures[name].cpuPerThousand),
      target: { ratio: 1.35, better: 'lower' },
    },
    { name: `p99 latency, ${rows}`, unit: 'ms', ...samplesOf((name) => figures[name].p99) },
    {
      name: 'resident memory after that load',
      unit: 'MiB',
      ...samplesOf((name) => figures[name].residentMiB),
      target: { atMost: 150 },
    },
  ];
}

function samplesOf(of: (name: (typeof order)[number]) => readonly number[]) {
  return { floor: of('floor'), usual: of('usual'), ours: of('ours') };
}

const newFigures = () => ({
  requestsPerSecond: [] as number[],
  cpuPerThousand: [] as number[],
  p99: [] as number[],
  residentMiB: [] as number[],
});

async function load(
  url: string,
  headers: Readonly<Record<string, string>>,
  extent: Pick<autocannon.Options, 'amount' | 'duration'>,
): Promise<autocannon.Result> {
  const result = await autocannon({ url, headers: { ...headers }, connections: 16, ...extent });
  if (result.non2xx + result.errors > 0) throw new Error(`${url}: ${result.non2xx + result.errors} requests failed`);
  return result;
}
