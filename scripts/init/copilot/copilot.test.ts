import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { loadApp } from '../../../infra/manifest/load.ts';
import { express, nestTypeorm } from '../testing/apps.ts';
import type { Files } from '../testing/folder.ts';
import { type ProjectWithApp, projectWith } from '../testing/project.ts';
import { cronOf } from './schedule.ts';

const opened: ProjectWithApp[] = [];
function project(files: Files, at = 'old'): ProjectWithApp {
  const one = projectWith(files, at);
  opened.push(one);
  return one;
}
afterEach(() => {
  for (const one of opened.splice(0)) one.remove();
});

const under = (path: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [`${path}/${file}`, text]));

/** An application with one service of each type, all of one image. */
const everything: Files = {
  ...under('orders', nestTypeorm),
  'copilot/.workspace': 'application: shop\n',
  'copilot/web/manifest.yml': `
name: web
type: Load Balanced Web Service
image:
  build:
    dockerfile: orders/Dockerfile
    context: orders
    cache_from: [shop:latest]
  port: 4100
http:
  path: '/'
  alias: shop.example.org
  healthcheck:
    path: /health/live
    interval: 15s
  stickiness: true
  deregistration_delay: 30s
cpu: 512
memory: 1024
count:
  range: 2-8
  cpu_percentage: 70
  response_time: 2s
exec: true
platform: linux/arm64
network:
  vpc:
    placement: private
variables:
  LOG_FORMAT: json
  PAGE_SIZE: 100
  BUCKET: uploads-\${COPILOT_ENVIRONMENT_NAME}
  TABLE:
    from_cfn: shop-table
secrets:
  STRIPE_API_KEY: /copilot/shop/STRIPE
  DB_PASSWORD:
    secretsmanager: 'postgres:password::'
sidecars:
  envoy: { port: 80, image: envoy }
publish:
  topics: [{ name: orders }]
environments:
  prod:
    count: 4
    variables: { LOG_FORMAT: text, ONLY_PROD: x }
    secrets:
      STRIPE_API_KEY: "'arn:aws:secretsmanager:eu-central-1:123456789012:secret:stripe-AbCdEf'"
    deployment: { rolling: recreate }
  test:
    memory: 512
`,
  'copilot/admin/manifest.yml': `
name: admin
type: Load Balanced Web Service
image: { build: orders/Dockerfile, port: 4200 }
command: node dist/admin.js
http: { path: admin, healthcheck: /admin/health }
`,
  'copilot/backoffice/manifest.yml': `
name: backoffice
type: Load Balanced Web Service
image: { build: orders/Dockerfile, port: 4300 }
command: ['node', 'dist/backoffice.js']
http: { path: '/', alias: back.shop.example.org }
`,
  'copilot/rates/manifest.yml': `
name: rates
type: Backend Service
image: { build: orders/Dockerfile, port: 9000 }
command: node dist/rates.js
network: { connect: true }
`,
  'copilot/mailer/manifest.yml': `
name: mailer
type: Worker Service
image: { build: orders/Dockerfile }
entrypoint: ['node']
command: ['dist/worker.js']
subscribe: { topics: [{ name: orders, service: web }] }
count: 3
`,
  'copilot/report/manifest.yml': `
name: report
type: Scheduled Job
image: { build: orders/Dockerfile }
command: node dist/report.js
on: { schedule: '@daily' }
retries: 3
timeout: 1h
`,
  'copilot/odd/manifest.yml': `
name: odd
type: Scheduled Job
image: { build: orders/Dockerfile }
on: { schedule: '@every 7m' }
`,
  'copilot/other/manifest.yml': 'name: other\ntype: Backend Service\nimage: { build: other/Dockerfile }\n',
  'copilot/site/manifest.yml': 'name: site\ntype: Static Site\n',
  'copilot/web/addons/bucket.yml': '',
  'copilot/pipelines/main/manifest.yml': '',
  'copilot/environments/prod/manifest.yml': `
name: prod
type: Environment
network:
  vpc:
    id: vpc-0a1b2c3d
    subnets:
      public: [{ id: subnet-0000000a }, { id: subnet-0000000b }]
      private: [{ id: subnet-0000000c }, { id: subnet-0000000d }]
cdn: true
observability: { container_insights: true }
`,
};

describe('stack init --from copilot', () => {
  it('converts every type of service, and names what has no counterpart', async () => {
    const one = project(everything);
    const { exitCode, json } = await one.init('--from', 'copilot', 'old', '--yes');
    expect(exitCode, JSON.stringify(json.error)).toBe(0);
    expect(loadApp(one.directory, 'old/orders')).toEqual(json.app);
    await expect(one.read('old/orders/stack.app.mts')).toMatchFileSnapshot('../testing/expected/copilot.mts.txt');
    await expect(one.read('Pulumi.prod.yaml')).toMatchFileSnapshot('../testing/expected/copilot.prod.yaml.txt');
    await expect(`${json.notes.join('\n')}\n`).toMatchFileSnapshot('../testing/expected/copilot.notes.txt');
  });

  it('reads those of the project itself, and writes nothing with --dry-run', async () => {
    const one = project(everything, '.');
    const { exitCode, json } = await one.init('--from', 'copilot', '.', '--dry-run');
    expect(exitCode, JSON.stringify(json.error)).toBe(0);
    expect(json).toMatchObject({ dryRun: true, manifest: 'orders/stack.app.mts' });
    expect(existsSync(`${one.directory}/orders/stack.app.mts`)).toBe(false);
  });

  it('changes nothing the second time', async () => {
    const one = project(everything);
    await one.init('--from', 'copilot', 'old', '--yes');
    const { exitCode, json } = await one.init('--from', 'copilot', 'old', '--yes');
    expect({ exitCode, changes: json.changes }).toEqual({ exitCode: 0, changes: [] });
  });

  it('takes an App Runner service as one behind a load balancer', async () => {
    const one = project({
      ...express,
      'copilot/shop/manifest.yml':
        'name: shop\ntype: Request-Driven Web Service\nimage: { build: { dockerfile: ./Dockerfile, target: runtime, args: { FEATURES: all } }, port: 8080 }\nhttp: { healthcheck: /healthz }\n',
    });
    const { json } = await one.init('--from', 'copilot', 'old', '--yes');
    expect(Object.keys(json.app.processes)).toEqual(['api']);
    expect(json.app.processes.api.http).toEqual({ port: 8080, liveness: '/healthz', readiness: '/readyz' });
    expect(json.app.build).toEqual({ context: '.', target: 'runtime', args: { FEATURES: 'all' } });
  });

  it.each([
    ['no manifest', {}, [], 1, 'COPILOT_NOT_FOUND'],
    ['a manifest that is no YAML', { 'copilot/a/manifest.yml': 'a: [' }, [], 1, 'COPILOT_UNREADABLE'],
    ['a manifest without a type', { 'copilot/a/manifest.yml': 'name: a' }, [], 1, 'COPILOT_UNREADABLE'],
    [
      'no web service',
      { 'copilot/a/manifest.yml': 'name: a\ntype: Worker Service\n' },
      [],
      3,
      'COPILOT_NO_WEB_SERVICE',
    ],
    [
      'two images',
      {
        'copilot/a/manifest.yml': 'name: a\ntype: Load Balanced Web Service\nimage: { build: a/Dockerfile }\n',
        'copilot/b/manifest.yml': 'name: b\ntype: Load Balanced Web Service\nimage: { build: b/Dockerfile }\n',
      },
      [],
      3,
      'COPILOT_SEVERAL_IMAGES',
    ],
    [
      'another service',
      { 'copilot/a/manifest.yml': 'name: a\ntype: Backend Service\n' },
      ['--service', 'b'],
      3,
      'COPILOT_SERVICE_UNKNOWN',
    ],
  ])('refuses %s', async (_what, files: Files, args, exitCode, code) => {
    const one = project({ ...express, ...files });
    const ended = await one.init('--from', 'copilot', 'old', '--yes', ...args);
    expect({ exitCode: ended.exitCode, code: ended.json.error.code }).toEqual({ exitCode, code });
  });
});

describe('a schedule of Copilot', () => {
  it.each([
    ['@weekly', '0 0 * * 0'],
    ['@every 15m', '*/15 * * * *'],
    ['@every 1h', '0 * * * *'],
    ['@every 6h', '0 */6 * * *'],
    ['rate(1 day)', '0 0 * * *'],
    ['30 3 * * MON-FRI', '30 3 * * MON-FRI'],
    ['cron(0 9 ? * 2-6 *)', '0 9 * * 1-5'],
    ['cron(0/5 9 1 * ? *)', '0/5 9 1 * *'],
  ])('%s is %s', (schedule, cron) => {
    expect(cronOf(schedule)).toBe(cron);
  });

  it.each(['@every 7m', '@every 90m', 'none', 'cron(0 9 ? * 2#1 *)', 'cron(0 9 1 1 ? 2030)'])(
    '%s has no five fields',
    (schedule) => {
      expect(cronOf(schedule)).toBeUndefined();
    },
  );
});
