import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadApp } from '../../infra/manifest/load.ts';
import { express, nestPrisma, nestTypeorm } from './testing/apps.ts';
import type { Files } from './testing/folder.ts';
import { type ProjectWithApp, projectWith } from './testing/project.ts';

const opened: ProjectWithApp[] = [];
function project(app: Files, at?: string): ProjectWithApp {
  const one = projectWith(app, at);
  opened.push(one);
  return one;
}
afterEach(() => {
  for (const one of opened.splice(0)) one.remove();
});

describe.each([
  ['nest-typeorm', nestTypeorm, 'stack.app.mts', []],
  ['nest-prisma', nestPrisma, 'stack.app.mjs', ['Dockerfile', '.dockerignore']],
  ['express', express, 'stack.app.ts', ['Dockerfile', '.dockerignore']],
])('stack init for %s', (name, app, manifest, others) => {
  it('writes a manifest that loads, with what it needs besides', async () => {
    const one = project(app);
    const { exitCode, json } = await one.init('my-app', '--yes');
    expect(exitCode).toBe(0);
    await expect(one.read(`my-app/${manifest}`)).toMatchFileSnapshot(
      `testing/expected/${name}.${manifest.split('.').at(-1)}.txt`,
    );
    for (const file of others) {
      await expect(one.read(`my-app/${file}`)).toMatchFileSnapshot(
        `testing/expected/${name}.${file.replace('.', '')}.txt`,
      );
    }
    expect(loadApp(one.directory, 'my-app')).toEqual(json.app);
    expect(json.changes.map(({ file }: { file: string }) => file)).toEqual([
      ...[manifest, ...others].map((file) => `my-app/${file}`),
      'Pulumi.prod.yaml',
      'Pulumi.staging.yaml',
    ]);
    await expect([...json.checks, ...json.notes].join('\n')).toMatchFileSnapshot(`testing/expected/${name}.notes.txt`);
  });

  it('changes nothing the second time, and says so', async () => {
    const one = project(app);
    await one.init('my-app', '--yes');
    const files = readdirSync(join(one.directory, 'my-app'));
    const { exitCode, json } = await one.init('--yes');
    expect({ exitCode, changes: json.changes, changed: json.changed }).toEqual({
      exitCode: 0,
      changes: [],
      changed: false,
    });
    expect(readdirSync(join(one.directory, 'my-app'))).toEqual(files);
  });
});

describe('stack init', () => {
  it('shows what it would write, and writes nothing, with --dry-run', async () => {
    const one = project(nestPrisma);
    const { exitCode, json } = await one.init('my-app', '--dry-run');
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ dryRun: true, changed: false });
    expect(json.changes[0].difference).toContain('+export const app = {');
    expect(existsSync(join(one.directory, 'my-app/stack.app.mjs'))).toBe(false);
    expect(one.read('Pulumi.staging.yaml')).not.toContain('my-app');
  });

  it('writes nothing without a terminal to ask on and without --yes', async () => {
    const one = project(nestPrisma);
    const { exitCode, json } = await one.init('my-app');
    expect({ exitCode, code: json.error.code }).toEqual({ exitCode: 3, code: 'APPROVAL_NEEDED' });
    expect(existsSync(join(one.directory, 'my-app/stack.app.mjs'))).toBe(false);
  });

  it('keeps a manifest that says something else, unless --overwrite', async () => {
    const one = project(nestTypeorm);
    await one.init('my-app', '--yes');
    const own = one
      .read('my-app/stack.app.mts')
      .replace('port: 4000', 'port: 4001')
      .replace("'/health/live'", "'/alive'");
    writeFileSync(join(one.directory, 'my-app/stack.app.mts'), own);

    const refused = await one.init('--yes');
    expect({ exitCode: refused.exitCode, code: refused.json.error.code }).toEqual({
      exitCode: 3,
      code: 'INIT_WOULD_OVERWRITE',
    });
    expect(one.read('my-app/stack.app.mts')).toBe(own);

    const shown = await one.init('--dry-run');
    expect(shown.json.changes[0].difference).toMatch(/-\s+port: 4001,\n(?:.*\n)*?\+\s+port: 4000,/);

    expect((await one.init('--yes', '--overwrite')).exitCode).toBe(0);
    expect(one.read('my-app/stack.app.mts')).toContain('port: 4000');
  });

  it('takes from a manifest that is there what nobody can see', async () => {
    const silent = { ...nestPrisma, 'src/app.controller.ts': '', 'src/main.ts': 'listen()' };
    const one = project(silent);
    const first = await one.init('my-app', '--yes');
    expect(first.json.checks).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^processes\.api\.http\.port: /),
        expect.stringMatching(/^processes\.api\.http\.liveness: /),
      ]),
    );
    const answered = one
      .read('my-app/stack.app.mjs')
      .replace('port: 3000', 'port: 7000')
      .replace("liveness: '/'", "liveness: '/up'");
    writeFileSync(join(one.directory, 'my-app/stack.app.mjs'), answered);
    expect((await one.init('--yes')).json.changes).toEqual([]);
    expect(loadApp(one.directory, 'my-app').processes['api']?.http).toEqual({ port: 7000, liveness: '/up' });
  });

  it('writes a Dockerfile beside the app’s own where it is asked to, and remembers', async () => {
    const one = project(nestTypeorm);
    const own = one.read('my-app/Dockerfile');
    const { json } = await one.init('my-app', '--yes', '--dockerfile');
    expect(json.app.build).toEqual({ dockerfile: 'Dockerfile.stack' });
    expect(one.read('my-app/Dockerfile.stack')).toMatch(/^# Written by `stack init`/);
    expect(one.read('my-app/Dockerfile')).toBe(own);
    // The options of the other image are not in this one.
    expect(json.app.variables.NODE_OPTIONS).toBe('{node.heap}');
    expect((await one.init('--yes')).json.changes).toEqual([]);
  });

  it('builds a package of a monorepo from its root', async () => {
    const app = Object.entries(nestTypeorm).filter(([file]) => !/lock|dockerignore/.test(file));
    const one = project(
      {
        'package.json': '{ "workspaces": ["packages/*"] }',
        'package-lock.json': '{}',
        ...Object.fromEntries(app.map(([file, text]) => [`packages/orders/${file}`, text])),
      },
      'mono',
    );
    const { json } = await one.init('mono/packages/orders', '--yes', '--dockerfile');
    expect(json.app.build).toEqual({ context: '../..', dockerfile: 'Dockerfile.stack' });
    expect(one.read('mono/packages/orders/Dockerfile.stack')).toContain('WORKDIR /app/packages/orders');
  });

  it('refuses an app whose start nobody can see', async () => {
    const one = project({ 'package.json': '{}' });
    const { exitCode, json } = await one.init('my-app', '--yes');
    expect({ exitCode, code: json.error.code }).toEqual({ exitCode: 3, code: 'INIT_START_UNKNOWN' });
  });

  it('refuses a directory without an app, and one that is not there', async () => {
    const one = project({ 'README.md': '' });
    expect((await one.init('my-app', '--yes')).json.error.code).toBe('INIT_NO_APP');
    const none = await one.init('none', '--yes');
    expect({ exitCode: none.exitCode, code: none.json.error.code }).toEqual({ exitCode: 2, code: 'USAGE' });
  });

  it('writes regions, accounts and domains into the stack files, whose comments stay', async () => {
    const one = project(express);
    const { exitCode } = await one.init(
      ...[
        'my-app',
        '--yes',
        '--region',
        'eu-west-1',
        '--account',
        'prod=123456789012',
        '--domain',
        'prod=shop.example.org',
      ],
      ...['--hosted-zone', 'prod=Z0123456789ABC'],
    );
    expect(exitCode).toBe(0);
    await expect(one.read('Pulumi.prod.yaml')).toMatchFileSnapshot('testing/expected/prod.yaml.txt');
    expect(one.read('Pulumi.staging.yaml')).toContain(
      '# Small.\nconfig:\n  aws:region: eu-west-1\n\n  # Sizes.\n  acme:apiMemoryMiB: 512\n',
    );
  });

  it.each([
    [['--account', 'prod=12'], '--account is "12".'],
    [['--domain', 'test=a.example.org'], '--domain test=a.example.org names no environment.'],
    [['--region', 'Frankfurt'], '--region is "Frankfurt".'],
  ])('%j is wrong usage', async (args, message) => {
    const one = project(express);
    const { exitCode, json } = await one.init('my-app', '--yes', ...args);
    expect({ exitCode, message: json.error.message }).toEqual({ exitCode: 2, message });
  });
});
