import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort, PostgresServer } from '../dev/postgres-server.ts';
import { smoke } from '../smoke.ts';

/** An image to test; without it the tests build one. */
const givenImage = process.env['STACK_TEST_IMAGE'];
const image = givenImage ?? `todo-api:test-${randomBytes(4).toString('hex')}`;
const root = join(import.meta.dirname, '..', '..');

/** What the platform will impose, and the tests therefore do. */
const restrictions = [
  '--network=host',
  '--read-only',
  '--user=10001:10001',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--memory=256m',
];

let postgres: PostgresServer | undefined;

beforeAll(async () => {
  if (givenImage === undefined) {
    build(image);
  }
  postgres = await PostgresServer.start();
});
afterAll(async () => {
  await postgres?.remove();
  if (givenImage === undefined) {
    docker('image', 'rm', '--force', image);
  }
});

function docker(...args: readonly string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** What npm on this machine trusts, npm in the image's build has to trust as well. */
function npmAuthorities(): string | undefined {
  const file = execFileSync('npm', ['config', 'get', 'cafile'], { encoding: 'utf8' }).trim();
  return existsSync(file) ? file : undefined;
}

/** The first client that has BuildKit: a newer one without its buildx plug-in has not. */
function build(tag: string): void {
  const base = docker('images', '--filter=reference=stack-base/node', '--format={{.Repository}}:{{.Tag}}').split(
    '\n',
  )[0];
  const authorities = process.env['NODE_EXTRA_CA_CERTS'] ?? npmAuthorities();
  const args = [
    ...['build', '--network=host', '--file=app/Dockerfile', `--tag=${tag}`],
    ...['--build-arg=RELEASE_VERSION=1.2.3-image', '--build-arg=RELEASE_COMMIT=abcdef'],
    ...(base === undefined || base === '' ? [] : [`--build-arg=NODE_BASE_IMAGE=${base}`]),
    ...(authorities === undefined ? [] : [`--secret=id=ca,src=${authorities}`]),
    '.',
  ];
  const outcomes = ['docker', '/usr/bin/docker']
    .filter((client) => client === 'docker' || existsSync(client))
    .map(
      (client) => () =>
        spawnSync(client, args, { cwd: root, encoding: 'utf8', env: { ...process.env, DOCKER_BUILDKIT: '1' } }),
    );
  const failures: string[] = [];
  for (const attempt of outcomes) {
    const { status, stderr } = attempt();
    if (status === 0) {
      return;
    }
    failures.push(stderr);
  }
  throw new Error(`the image could not be built:\n${failures.join('\n')}`);
}

/** What the migrations make, and all else connects as. */
const appRole = { user: 'app', password: 'image-app-password' };

function environment(port: number): readonly string[] {
  if (postgres === undefined) {
    throw new TypeError('Postgres was not started');
  }
  const { host, port: databasePort } = postgres.address;
  const variables = {
    ENVIRONMENT: 'image-test',
    SERVICE_NAME: 'api',
    AWS_REGION: 'local',
    LOG_LEVEL: 'info',
    PORT: port,
    DATABASE_HOST: host,
    DATABASE_PORT: databasePort,
    DATABASE_NAME: 'postgres',
    DATABASE_USER: appRole.user,
    DATABASE_PASSWORD: appRole.password,
    DATABASE_TLS: 'disable',
    AUTH_SECRETS: 'image-auth-secret-0123456789-0123456789',
    DATABASE_POOL_SIZE: 3,
    DATABASE_CONNECT_TIMEOUT_MS: 1_000,
    DATABASE_STATEMENT_TIMEOUT_MS: 5_000,
    READY_TIMEOUT_MS: 500,
    READY_GRACE_SECONDS: 0,
    KEEP_ALIVE_TIMEOUT_SECONDS: 65,
    HEADERS_TIMEOUT_SECONDS: 66,
    REQUEST_TIMEOUT_SECONDS: 10,
    BODY_LIMIT_KIB: 100,
    DRAIN_DELAY_SECONDS: 1,
    SHUTDOWN_TIMEOUT_SECONDS: 10,
    NODE_OPTIONS: '--max-old-space-size=160 --max-semi-space-size=8',
  };
  return options(variables);
}

/** The same for the migrations, which are the owner of the tables. */
function ownerEnvironment(): readonly string[] {
  return [
    ...environment(3000),
    ...options({
      SERVICE_NAME: 'migrate',
      DATABASE_USER: postgres?.address.user ?? '',
      DATABASE_PASSWORD: postgres?.address.password ?? '',
      APP_DATABASE_USER: appRole.user,
      APP_DATABASE_PASSWORD: appRole.password,
    }),
  ];
}

function options(variables: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => `--env=${name}=${value}`);
}

/** Runs to its end. */
function run(
  args: readonly string[],
  options: readonly string[] = [],
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('docker', ['run', '--rm', ...restrictions, ...options, image, ...args], { encoding: 'utf8' });
}

async function startApi(): Promise<{ id: string; url: string; inspect: (format: string) => string }> {
  const port = await freePort();
  const migrated = run(['node', 'dist/migrate.js'], ownerEnvironment());
  expect(migrated).toMatchObject({ status: 0 });
  const id = docker('run', '--detach', ...restrictions, ...environment(port), '--health-interval=1s', image);
  onTestFinished(() => void docker('rm', '--force', id));
  const inspect = (format: string) => docker('inspect', '--format', format, id);
  for (let attempt = 0; inspect('{{.State.Health.Status}}') !== 'healthy'; attempt += 1) {
    if (attempt > 100) {
      throw new Error(`not healthy:\n${docker('logs', id)}`);
    }
    await sleep(100);
  }
  return { id, url: `http://127.0.0.1:${port}`, inspect };
}

describe('the image', () => {
  it('says what it is, runs as a number that is not root, and starts node itself', () => {
    const [{ Config: config }] = JSON.parse(docker('inspect', image));
    expect(config).toMatchObject({
      User: '10001:10001',
      WorkingDir: '/app',
      Cmd: ['node', 'dist/main.js'],
      Healthcheck: { Test: ['CMD', 'node', 'dist/healthcheck.js'] },
      Labels: {
        'org.opencontainers.image.title': 'todo-api',
        'org.opencontainers.image.version': expect.stringMatching(/^\d+\.\d+\.\d+-/),
        'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{6}/),
      },
    });
    // No shell in front of node: it would be the one that gets the signals.
    expect(config.Entrypoint ?? []).toEqual([]);
    expect(config.Env).toContain('NODE_ENV=production');
  });

  it('holds of ours the built app and nothing else: no TypeScript, no packages, no tooling', () => {
    const { stdout } = run([
      'node',
      '-p',
      `require('node:fs').readdirSync('/app', { recursive: true }).sort().join(' ')`,
    ]);
    const files = stdout
      .trim()
      .split(' ')
      .filter((file) => !/^dist\/(migrations\/|chunks\/.+\.cjs(\.cache|\.lines\.json)?$)/.test(file));
    expect(files).toEqual([
      'dist',
      'dist/chunks',
      'dist/docs',
      'dist/docs/index.html',
      'dist/docs/openapi.json',
      'dist/docs/page.css',
      'dist/docs/page.js',
      'dist/docs/swagger-ui.css.gz',
      'dist/docs/swagger-ui.js.gz',
      'dist/healthcheck.js',
      'dist/main.bundle.cjs',
      'dist/main.bundle.cjs.cache',
      'dist/main.bundle.cjs.lines.json',
      'dist/main.js',
      'dist/migrate.js',
      'dist/migrate.js.lines.json',
      'dist/migrations',
      'dist/package.json',
      'dist/worker.bundle.cjs',
      'dist/worker.bundle.cjs.lines.json',
      'dist/worker.js',
    ]);
    const { stdout: elsewhere } = run([
      'sh',
      '-c',
      'ls -d /src /root/.npm /root/.npmrc /run/secrets/* 2>/dev/null || true',
    ]);
    expect(elsewhere).toBe('');
  });

  it('adds less than 20 MB to its base', () => {
    const layers = docker('history', '--no-trunc', '--human=false', '--format={{.Size}} {{.CreatedBy}}', image).split(
      '\n',
    );
    const ours = layers.filter((line) => line.includes('/src/app/dist')).map((line) => Number.parseInt(line, 10));
    expect(ours).toHaveLength(1);
    expect(ours[0]).toBeLessThan(20_000_000);
    const total = Number(docker('inspect', '--format={{.Size}}', image));
    process.stdout.write(
      `image size: ${(total / 1e6).toFixed(0)} MB, of which the app ${((ours[0] ?? 0) / 1e6).toFixed(1)} MB\n`,
    );
  });

  it('has a code cache that the Node in it accepts, under the heap flags of the platform', () => {
    const { stdout } = run(
      [
        'node',
        '-p',
        `const { globSync, readFileSync } = require('node:fs');
         JSON.stringify(globSync('dist/**/*.cache').map((file) => {
           const source = require('node:module').wrap(readFileSync(file.replace(/\\.cache$/, ''), 'latin1'));
           return new (require('node:vm').Script)(source, { cachedData: readFileSync(file) }).cachedDataRejected;
         }))`,
      ],
      environment(3000),
    );
    const rejected: readonly boolean[] = JSON.parse(stdout);
    expect(rejected.length).toBeGreaterThan(1);
    expect(rejected).not.toContain(true);
  });
});

describe('a container of it', () => {
  it('becomes healthy with a read-only root, no capability and no privilege, and writes nothing', async () => {
    const { id, url, inspect } = await startApi();
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    // It makes an account, hashes a password, writes, reads and deletes.
    await expect(smoke({ baseUrl: url, fetch, signal: AbortSignal.timeout(10_000) })).resolves.toBeUndefined();
    expect(await (await fetch(`${url}/version`)).json()).toMatchObject({
      version: inspect('{{index .Config.Labels "org.opencontainers.image.version"}}'),
    });
    expect(docker('diff', id)).toBe('');
    expect((await fetch(`${url}/docs`)).status).toBe(200);
  });

  it('has node as PID 1, which ends with 0 at SIGTERM, inside its budget', async () => {
    const { id, inspect } = await startApi();
    expect(
      docker('top', id, '-o', 'pid,args')
        .split('\n')
        .slice(1)
        .map((line) => line.trim().replace(/^\d+ +/, '')),
    ).toContain('node dist/main.js');
    expect(docker('exec', id, 'node', '-p', `require('node:fs').readFileSync('/proc/1/cmdline', 'latin1')`)).toMatch(
      /^node\0dist\/main\.js\0$/,
    );
    const stoppedAt = performance.now();
    docker('stop', '--time=20', id);
    expect(inspect('{{.State.ExitCode}} {{.State.OOMKilled}}')).toBe('0 false');
    expect(performance.now() - stoppedAt).toBeLessThan(8_000);
    const lines = docker('logs', id).split('\n');
    expect(lines.map((line) => JSON.parse(line)).at(-1)).toMatchObject({ msg: 'shutdown complete', exitCode: 0 });
  });

  it('ends with 1 and one message when its environment is wrong', () => {
    const { status, stderr } = run([]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The environment is not valid, \d+ problems:\n {2}ENVIRONMENT is missing: /);
  });

  it('tells by the exit code of its health check that nothing answers', () => {
    expect(run(['node', 'dist/healthcheck.js', '/ready'], ['--env=PORT=1'])).toMatchObject({ status: 1 });
  });
});
