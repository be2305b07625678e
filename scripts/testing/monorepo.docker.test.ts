import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { errorOf, releaseOf } from './expectations.ts';
import { oneTask } from './quick-settings.ts';

const files: Readonly<Record<string, string>> = {
  'mono/packages/words/words.js': "exports.greeting = 'hello';\n",
  'mono/packages/api/package.json': '{ "name": "api", "private": true }\n',
  'mono/packages/api/Dockerfile.prod': [
    'ARG NODE_BASE_IMAGE=node:24-slim',
    'FROM ${NODE_BASE_IMAGE} AS runtime',
    'WORKDIR /srv',
    'COPY packages packages',
    'ARG AUDIENCE',
    'ENV AUDIENCE=${AUDIENCE} NODE_OPTIONS=--enable-source-maps',
    'USER 10001',
    'FROM runtime AS debug',
    'RUN exit 1',
    '',
  ].join('\n'),
  'mono/packages/api/server.js': `const { greeting } = require('../words/words.js');
const { PORT, APP_VERSION, AUDIENCE } = process.env;
const answers = {
  '/about': () => ({ version: APP_VERSION }),
  '/greeting': () => ({ greeting, audience: AUDIENCE, flags: process.execArgv, options: process.env.NODE_OPTIONS }),
};
require('node:http').createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answers[request.url]?.() ?? { status: 'up' }));
}).listen(Number(PORT));
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 10_000));
`,
  'mono/packages/api/stack.app.ts': `export const app = {
  build: { context: '../..', dockerfile: 'Dockerfile.prod', target: 'runtime', args: { AUDIENCE: 'world' } },
  processes: {
    api: {
      command: ['node', 'packages/api/server.js'],
      http: { port: 8080, liveness: '/healthz', version: '/about' },
      variables: { PORT: '{port}', APP_VERSION: '{release.version}', NODE_OPTIONS: '{image} {node.heap}' },
    },
  },
};
`,
};

/** A package whose Dockerfile knows nothing of the stack, built from the whole repository. */
describe('a package of a monorepo', () => {
  let checkout: Checkout;

  beforeAll(async () => {
    checkout = await createCheckout(`t${process.pid}-mono`);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(checkout.directory, file)), { recursive: true });
      await checkout.write(file, text);
    }
    await checkout.configure('staging', { appDirectory: 'mono/packages/api', ...oneTask });
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it('is built at its stage with its arguments, and tells its version by a variable', async () => {
    const up = await checkout.stack('up', 'staging');
    expect(releaseOf(up).version).toMatch(/^0\.0\.0-[0-9a-f]{12}$/);
    const answer = await fetch(`${up.json['url']}/greeting`);
    expect(await answer.json()).toMatchObject({
      greeting: 'hello',
      audience: 'world',
      options: expect.stringMatching(/^--enable-source-maps --max-old-space-size=\d+/),
    });
    expect(up.talk).toContain('✓ version');
  });

  it('comes up without the resources that target local does not have, and up names them', async () => {
    await checkout.write(
      'mono/packages/api/stack.resources.ts',
      `import { Topic } from '@pulumi/aws/sns/topic.js';
export const resources = ({ parent }) => ({ api: { TOPIC: new Topic('news', {}, { parent }).arn } });
`,
    );
    const up = await checkout.stack('up', 'staging');
    expect(up.exitCode, up.talk).toBe(0);
    expect(up.json['notes']).toEqual(
      expect.arrayContaining([
        'Not on target local: the app’s own resources: news (aws:sns/topic:Topic)',
        'Not on target local: variables that need them, which are not set: TOPIC of api',
      ]),
    );
  });

  it('is deployed from an image that was built elsewhere, under the version that its label has', async () => {
    const reference = `${checkout.instance}-elsewhere:latest`;
    const { stdout } = await execa('docker', [
      'image',
      'ls',
      '--format',
      '{{.Repository}}:{{.Tag}}',
      '--filter',
      `reference=${checkout.instance}/staging`,
    ]);
    const [built = ''] = stdout.split('\n');
    await execa('docker', ['build', '--tag', reference, '--label', 'org.opencontainers.image.version=9.1.0', '-'], {
      input: `FROM ${built}\nENV AUDIENCE=elsewhere\n`,
    });
    const up = await checkout.stack('up', 'staging', '--image', reference);
    expect(releaseOf(up).version).toBe('9.1.0');
    expect(await (await fetch(`${up.json['url']}/greeting`)).json()).toMatchObject({ audience: 'elsewhere' });
    expect((await checkout.stack('up', 'staging', '--image', reference)).json['changed']).toBe(false);
    expect(errorOf(await checkout.stack('up', 'staging', '--image', 'no-such-image:1')).code).toBe('IMAGE_NOT_HERE');
    await execa('docker', ['image', 'rm', '--force', reference]);
  });

  it('is told by verify --contract what it keeps, what it breaks, and what cannot be checked of it', async () => {
    const report = errorOf(await checkout.stack('verify', 'staging', '--contract'));
    const rows = (report.details ?? '').split('\n');
    const starting = (mark: string) => rows.filter((row) => row.startsWith(mark)).map((row) => row.slice(2));

    expect(report.code).toBe('CONTRACT_NOT_KEPT');
    // As its server is: 200 for every path, no line of a log, and the five seconds of Node.
    expect(starting('✗')).toEqual([
      'its health check tells by its exit code: it ended with 0 for a path that does not exist',
      'logs JSON lines: it wrote no line at all',
      'keeps idle connections open for longer than the load balancer: it announces Keep-Alive: timeout=5, and the load balancer keeps one for 60 s',
    ]);
    for (const kept of [
      /^GET \/about says what runs: GET \/about gave 0\.0\.0-[0-9a-f]{12}$/,
      /^runs as a number that is not root: all processes run as 10001$/,
      /^an earlier release runs on the schema of this one: 9\.1\.0 ran its release command and got ready$/,
    ]) {
      expect(starting('✓')).toContainEqual(expect.stringMatching(kept));
    }
    for (const open of ['passes its smoke test', 'keeps its promises about the database']) {
      expect(starting('–')).toContainEqual(expect.stringMatching(`^${open}: not checked, because`));
    }
  });

  it('is another release when a package beside it or an argument changes, and the same otherwise', async () => {
    // Back from the image that was built elsewhere.
    expect((await checkout.stack('up', 'staging')).json['changed']).toBe(true);
    expect((await checkout.stack('up', 'staging')).json['changed']).toBe(false);
    await checkout.edit('mono/packages/words/words.js', (text) => text.replace('hello', 'good day'));
    await checkout.edit('mono/packages/api/stack.app.ts', (text) => text.replace("'world'", "'all'"));
    const up = await checkout.stack('up', 'staging');
    expect(up.json['changed'], up.talk).toBe(true);
    const answer = await fetch(`${up.json['url']}/greeting`);
    expect(await answer.json()).toMatchObject({ greeting: 'good day', audience: 'all' });
  });
});
