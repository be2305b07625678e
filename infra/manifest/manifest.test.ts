import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { exampleApp } from '../testing/example-app.ts';
import { fitSettings, variablesOf } from './fit.ts';
import { loadApp } from './load.ts';
import { parseManifest } from './parse.ts';

const { api, worker } = exampleApp.processes;
const withApi = (change: object) => ({ ...exampleApp, processes: { api: { ...api, ...change }, worker } });

function problemsOf(value: unknown): readonly string[] {
  try {
    parseManifest('my-app/stack.app.ts', value);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

describe('parseManifest', () => {
  it('takes a manifest with everything', () => {
    expect(parseManifest('my-app/stack.app.ts', exampleApp)).toEqual(exampleApp);
  });

  it('lists every problem with its value, rule and remedy', () => {
    const lines = problemsOf({
      ...withApi({ http: { port: '8080', liveness: 'healthz' }, comand: ['node'] }),
      release: { command: [] },
      variables: { '2FA': 'on', LIMIT: 5 },
    });

    expect(lines[0]).toBe('my-app/stack.app.ts has 6 problems:');
    expect(lines.slice(1).join('\n')).toBe(
      [
        '  processes.api.http.port is "8080"',
        '    It must be a port from 1 to 65535.',
        '    docs/your-app.md explains every field.',
        '  processes.api.http.liveness is "healthz"',
        '    It must be a path that starts with /, such as /health.',
        '    docs/your-app.md explains every field.',
        '  processes.api.comand is set',
        '    It must be a field that exists.',
        '    Did you mean command?',
        '  release.command is []',
        "    It must be a program and its arguments, such as ['node', 'dist/main.js'].",
        '    docs/your-app.md explains every field.',
        '  variables.2FA is a name in it',
        '    It must be a name of letters, digits and underscores that starts with no digit.',
        '    Rename it.',
        '  variables.LIMIT is 5',
        '    It must be a text, or { example } where every stack file has to set it.',
        '    docs/your-app.md explains every field.',
      ].join('\n'),
    );
  });

  it.each([
    [undefined, 'app is not set'],
    ['node', 'app is "node"'],
    [{}, 'processes is not set'],
  ])('of %o says what is missing', (value, expected) => {
    expect(problemsOf(value).join('\n')).toContain(expected);
  });

  it('knows which process gets the requests that no other one gets', () => {
    const admin = { command: ['node', 'admin.js'], http: { port: 8081, liveness: '/admin/up' } };
    const route = { path: '/admin/*' };
    const withProcesses = (more: object) => problemsOf({ ...exampleApp, processes: { api, ...more } });

    expect(withProcesses({ admin: { ...admin, http: { ...admin.http, route } } })).toEqual([]);
    expect(withProcesses({ admin })).toContain('  processes has 2 that serve HTTP without a route (api, admin)');
    expect(problemsOf({ ...exampleApp, processes: { worker } })).toContain(
      '  processes has none that serves HTTP (worker)',
    );
    const both = { ...admin, http: { ...admin.http, route } };
    expect(withProcesses({ admin: both, staff: both })).toContain(
      '  processes.staff.http.route is {"path":"/admin/*"}, as that of admin',
    );
    expect(withProcesses({ admin: { ...admin, http: { ...admin.http, route: { path: '/admin' } } } }).join()).toContain(
      'a path of up to 128 characters that ends with /*, such as /admin/*',
    );
  });

  it('starts a process in one way, at times that exist', () => {
    const { command } = worker;
    const withProcess = (more: object) =>
      problemsOf({ ...exampleApp, processes: { api, nightly: { command, ...more } } }).join('\n');

    expect(withProcess({ schedule: { cron: '30 3 * * MON-FRI', timeZone: 'Europe/Berlin' } })).toBe('');
    expect(withProcess({ once: true })).toBe('');
    expect(withProcess({ once: true, schedule: { cron: '* * * * *' } })).toContain('has schedule and once');
    expect(withProcess({ schedule: { cron: '30 3 * *' } })).toContain(
      'processes.nightly.schedule.cron is "30 3 * *"\n    It must be five fields',
    );
    expect(withProcess({ schedule: { cron: '0 3 * * *', timeZone: 'Berlin' } })).toContain(
      'a name from the IANA time zone database',
    );
    expect(withProcess({ once: true, scaling: ['cpu'] })).toContain('processes.nightly.scaling is set');
  });

  it('has names and fields that fit a process', () => {
    const { command } = worker;
    const withProcess = (name: string, more: object) =>
      problemsOf({ ...exampleApp, processes: { api, [name]: { command, ...more } } }).join('\n');

    expect(withProcess('mail-queue', { scaling: ['cpu'] })).toBe('');
    expect(withProcess('Mail', {})).toContain('a name of up to 20 lower-case letters');
    expect(withProcess('migrate', {})).toContain('processes.migrate is the name of something else');
    expect(withProcess('mail', { scaling: ['requests'] })).toContain('It must be without it: it gets no requests.');
  });

  it('knows the names in braces, and suggests the nearest', () => {
    const lines = problemsOf(withApi({ variables: { PGHOST: '{database.hots}', JSON: '{"a": 1}' } }));

    expect(lines.slice(1)).toEqual([
      '  processes.api.variables.PGHOST is "{database.hots}"',
      '    It must be made of names that exist: there is no {database.hots}.',
      '    Did you mean database.host?',
    ]);
  });

  it('refuses the owner’s password inside a text, which nobody can put together', () => {
    const url = { URL: 'postgres://postgres:{database.password}@db' };

    expect(problemsOf({ ...exampleApp, variables: url }).join()).toContain('{database.password} alone');
    expect(problemsOf(withApi({ variables: url }))).toEqual([]);
    const { databaseAccess: _own, ...others } = exampleApp;
    expect(problemsOf({ ...others, variables: url })).toEqual([]);
  });

  it('refuses a secret that is not declared, and one that is a variable too', () => {
    const lines = problemsOf({ ...withApi({ secrets: ['SIGNING_KEYS'] }), variables: { SIGNING_KEY: 'x' } });

    expect(lines).toContain('  processes.api.secrets names "SIGNING_KEYS"');
    expect(lines).toContain('    Did you mean SIGNING_KEY?');
    expect(lines).toContain('  secrets.SIGNING_KEY is also a variable');
  });
});

describe('a build', () => {
  const building = (build: object) =>
    problemsOf({ ...exampleApp, build })
      .slice(1)
      .join('\n');

  it('has a context at or above the app, and leaves the stack its arguments', () => {
    expect(building({ context: '../..', dockerfile: 'docker/prod', target: 'runtime', args: { A: 'x' } })).toBe('');
    expect(building({ context: '../other' })).toContain('., or a directory above');
    expect(building({ args: { RELEASE_VERSION: '1' } })).toContain('left to the stack');
    expect(building({ args: { NODE_BASE_IMAGE: 'x' } })).toContain('Set nodeBaseImage');
    expect(building({ file: 'Dockerfile' })).toContain('build.file is set');
  });
});

it('keeps the value of the image at the beginning only, and apart from secrets', () => {
  const variable = (value: string) => problemsOf(withApi({ variables: { X: value } })).join('\n');

  expect(variable('{image} --flag')).toBe('');
  expect(variable('--flag {image}')).toContain('with {image} at its beginning, once');
  expect(variable('{image}{image}')).toContain('with {image} at its beginning, once');
  expect(variable('{image}{valkey.password}')).toContain('without a secret beside {image}');
});

describe('permissions', () => {
  const allowing = (permission: object) =>
    problemsOf(withApi({ permissions: [permission] }))
      .slice(1)
      .join('\n');

  it('name each action and each resource', () => {
    expect(allowing({ actions: ['s3:PutObject'], resources: ['arn:{partition}:s3:::uploads/*'] })).toBe('');
    expect(allowing({ actions: ['s3:*'], resources: ['arn:aws:s3:::uploads/*'] })).toContain('name each one');
    expect(allowing({ actions: ['*'], resources: ['*'] })).toContain('permissions.0.actions.0 is "*"');
    expect(allowing({ actions: [], resources: ['uploads'] })).toContain('an ARN, or * with a reason');
  });

  it('may reach every resource only for a reason', () => {
    const any = { actions: ['textract:DetectDocumentText'], resources: ['*'] };

    expect(allowing(any)).toContain('Name the resources, or say why that is impossible');
    expect(allowing({ ...any, reason: 'Textract has no resources.' })).toBe('');
  });
});

const settingsWith = (config: Readonly<Record<string, string>> = {}) =>
  parseSettings({ 'aws:region': 'eu-central-1', ...config }, 'staging', { project: 'shop' });

describe('fitSettings', () => {
  it('has no worker where the app has none', () => {
    expect(fitSettings(settingsWith(), exampleApp).worker).toBeDefined();
    expect(fitSettings(settingsWith(), { ...exampleApp, processes: { api } })).not.toHaveProperty('worker');
  });

  it('has no Valkey where no variable reads one', () => {
    const variables = { PORT: '{port}' };

    expect(fitSettings(settingsWith(), exampleApp).valkey).toBeDefined();
    expect(
      fitSettings(settingsWith(), { ...exampleApp, processes: { api: { ...api, variables } } }),
    ).not.toHaveProperty('valkey');
  });

  it('refuses a worker whose queue is off, unless it has none', () => {
    const config = { valkey: 'off' };
    const { command } = worker;

    expect(() => fitSettings(settingsWith(config), exampleApp)).toThrow(
      [
        '1 setting of staging is invalid:',
        '  valkey is "off"',
        '    It must be on when worker is on: the worker takes its jobs from Valkey.',
        '    pulumi config set valkey on --stack staging',
      ].join('\n'),
    );
    expect(() => fitSettings(settingsWith({ ...config, worker: 'off' }), exampleApp)).not.toThrow();
    expect(() =>
      fitSettings(settingsWith(config), { ...exampleApp, processes: { api, worker: { command } } }),
    ).not.toThrow();
  });

  it('refuses outbound ports where there is no route', () => {
    const config = { natGateways: 'none', vpcEndpoints: 'all' };

    expect(() => fitSettings(settingsWith(config), exampleApp)).toThrow(
      /natGateways is "none"\n {4}It must be single or per-zone: the app’s manifest has egress \(smtp\)/,
    );
    expect(() => fitSettings(settingsWith(), exampleApp)).not.toThrow();
  });

  it('refuses a variable that the app does not have, one that the stack derives, and a missing one', () => {
    const app = { ...exampleApp, variables: { ...exampleApp.variables, STRIPE_KEY: { example: 'pk_live_…' } } };
    const config = { 'app:LOG_FORMTA': 'text', 'app:PGHOST': 'elsewhere' };

    expect(() => fitSettings(settingsWith(config), app)).toThrow(
      [
        '3 settings of staging are invalid:',
        '  app:LOG_FORMTA is "text"',
        '    It must be a plain variable of the app’s manifest.',
        '    Did you mean app:LOG_FORMAT? Remove this one: pulumi config rm app:LOG_FORMTA --stack staging',
        '  app:PGHOST is "elsewhere"',
        '    It must be left to the stack: the app’s manifest derives this variable.',
        '    Remove it: pulumi config rm app:PGHOST --stack staging',
        '  app:STRIPE_KEY is not set',
        '    It must be set for each environment, as the app’s manifest says.',
        "    pulumi config set app:STRIPE_KEY 'pk_live_…' --stack staging",
      ].join('\n'),
    );
  });
});

describe('variablesOf', () => {
  it('prefers the process’s own variable to that of the whole app', () => {
    const app = { ...exampleApp, processes: { api: { ...api, variables: { LOG_FORMAT: 'text' } } } };

    expect(variablesOf(app, 'api', { variables: {} })).toContainEqual(['LOG_FORMAT', 'text']);
    expect(variablesOf(app, 'migrate', { variables: {} })).toContainEqual(['LOG_FORMAT', 'json']);
  });
});

describe('the namespace of variables', () => {
  it('belongs to the app, whatever the project is called', () => {
    const config = { 'aws:region': 'eu-central-1', 'app:LOG_FORMAT': 'text', 'app:apiMemoryMiB': '1024' };
    const settings = parseSettings(config, 'staging', { project: 'app' });

    expect(settings.variables).toEqual({ LOG_FORMAT: 'text' });
    expect(settings.api.memoryMiB).toBe(1024);
  });

  it('takes no encrypted value: a task definition would show it', () => {
    const parse = () =>
      parseSettings({ 'aws:region': 'eu-central-1', 'app:STRIPE_KEY': 'hunter2' }, 'staging', {
        project: 'shop',
        secretKeys: new Set(['app:STRIPE_KEY']),
      });

    expect(parse).toThrow(/app:STRIPE_KEY is encrypted\n {4}It must be plain/);
    expect(parse).not.toThrow(/hunter2/);
  });
});

describe('loadApp', () => {
  it.each([
    ['stack.app.ts', '{"type": "module"}'],
    ['stack.app.mts', '{"type": "commonjs"}'],
    ['stack.app.ts', '{}'],
  ])('reads %s in a package that says %s, wherever the type that it imports is', (file, packageJson) => {
    const directory = mkdtempSync(join(tmpdir(), 'manifest-'));
    writeFileSync(join(directory, 'package.json'), packageJson);
    writeFileSync(
      join(directory, file),
      `import type { App } from './nowhere.ts';\nexport const app = ${JSON.stringify(exampleApp)} satisfies App;\n`,
    );

    expect(loadApp(directory, '.')).toEqual(exampleApp);
  });

  it('says what is wrong with a file that cannot be loaded, or is not there', () => {
    const directory = mkdtempSync(join(tmpdir(), 'manifest-'));

    expect(() => loadApp(directory, '.')).toThrow(/^\.\/stack\.app\.ts has one problem:\n {2}the file does not exist/);
    writeFileSync(join(directory, 'stack.app.ts'), "import './nothing.ts';\nexport const app = 1;\n");
    expect(() => loadApp(directory, '.')).toThrow(/the file cannot be loaded: Cannot find module/);
  });
});
