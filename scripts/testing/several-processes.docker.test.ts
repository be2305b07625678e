import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testEngine } from '../local/testing/engine.ts';
import { labelNames } from '../local/translate/stack-document.ts';
import { type Checkout, createCheckout } from './checkout.ts';
import { releaseOf } from './expectations.ts';
import { shortRequests } from './quick-settings.ts';

/** A schedule of every minute, and a second to write the line. */
const every = { timeout: 75_000, interval: 2000 };

/**
 * A package of a monorepo with two HTTP services, a process in the background, one on a schedule and a one-off. All that was written for the stack is
 * its manifest. The tests build on each other in order.
 */
describe('an app of several processes', () => {
  let checkout: Checkout;
  let url: string;
  const get = async (path: string) => await (await fetch(`${url}${path}`)).json();
  const linesOf = async (service: string) =>
    JSON.stringify((await checkout.stack('logs', 'staging', '--service', service)).json['lines']).replaceAll(
      '\\"',
      '"',
    );

  beforeAll(async () => {
    checkout = await createCheckout(`t${process.pid}-several`);
    cpSync(join(import.meta.dirname, 'several-processes-app'), join(checkout.directory, 'several'), {
      recursive: true,
    });
    await checkout.configure('staging', { appDirectory: 'several' });
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it('comes up with nothing but its manifest, each process verified', async () => {
    const up = await checkout.stack('up', 'staging');
    expect(up.exitCode, up.talk).toBe(0);
    const { version } = releaseOf(up);
    expect(version).toMatch(/^1\.4\.0-[0-9a-f]{12}$/);
    expect(up.talk).toContain('mailer: 1 of 1 tasks run it and are healthy');
    expect(up.talk).toContain('admin: 2 of 2 tasks run it and are healthy');
    expect(up.talk).toContain(`✓ admin version: GET /admin/version gave ${version} 20 times in a row`);
    url = String(up.json['url']);
  });

  it('gets each request where its route says', async () => {
    expect(await get('/who')).toEqual({ process: 'web', greeting: 'hello' });
    expect(await get('/admin/who?of=/web')).toEqual({ process: 'admin', greeting: 'hello, admin' });
    expect(await get('/admin')).toMatchObject({ title: 'Not Found', process: 'admin' });
    expect(await get('/administration')).toMatchObject({ title: 'Not Found', process: 'web' });
    expect(await get('/?of=/admin/who')).toMatchObject({ title: 'Not Found', process: 'web' });
  });

  it('has nothing to do the second time', async () => {
    const again = await checkout.stack('up', 'staging');
    expect(again.json['changed'], again.talk).toBe(false);
  });

  it('runs a one-off by its name, as it is started with', async () => {
    const run = await checkout.stack('run', 'staging', 'import');
    expect(run.exitCode, run.talk).toBe(0);
    expect(run.json).toMatchObject({ process: 'import', exitCode: 0 });
    const deployed = JSON.parse(
      readFileSync(join(checkout.directory, '.stack', checkout.instance, 'staging', 'deployed.json'), 'utf8'),
    );
    const oneOff = deployed.jobs.find(({ name }: { name: string }) => name === 'import');
    expect(oneOff).toMatchObject({ container: { command: ['node', 'dist/import.js'], readOnly: true } });
  });

  it('changes one process and leaves the others alone', async () => {
    await checkout.edit('Pulumi.staging.yaml', (text) =>
      text.replace('config:\n', 'config:\n  nest-fargate:mailerConcurrency: 2\n'),
    );
    const up = await checkout.stack('up', 'staging');
    expect(up.exitCode, up.talk).toBe(0);
    expect(up.talk).toMatch(/mailer: 0 of 1 new tasks ready, 1 older still serving; web: 2 of 2 new tasks ready/);
    expect(await linesOf('mailer')).toContain('taking 2 jobs at a time');
  });

  it('runs what is on a schedule, at its time', async () => {
    await expect.poll(() => linesOf('heartbeat'), every).toContain('"msg":"heartbeat"');
    const { json } = await checkout.stack('status', 'staging');
    expect(json['lastRuns']).toEqual({ value: [{ process: 'heartbeat', at: expect.stringMatching(/^20/) }] });
  });

  it('rolls every process back, and verify says so', async () => {
    const before: unknown = await get('/version');
    await checkout.edit('several/dist/http.js', (text) => text.replace("'Not Found'", "'Nothing here'"));
    await checkout.edit('several/dist/heartbeat.js', (text) => `${text}process.exitCode = 3;\n`);
    const up = await checkout.stack('up', 'staging');
    expect(up.exitCode, up.talk).toBe(0);
    expect(await get('/admin')).toMatchObject({ title: 'Nothing here' });
    expect(up.talk).toContain('heartbeat: 1 of 1 tasks run it and are healthy');
    // What the scheduler does at its time, now.
    const { docker } = await testEngine();
    const labels = [`label=${labelNames.instance}=${checkout.instance}`, `label=${labelNames.job}`];
    const id = await docker.run(['ps', '--all', '--quiet', ...labels.flatMap((label) => ['--filter', label])]);
    await docker.run(['start', id.trim()]);
    await docker.run(['wait', id.trim()]);
    const status = await checkout.stack('status', 'staging');
    expect(status.exitCode, status.talk).toBe(4);
    expect(status.json['problems']).toEqual([
      expect.stringMatching(/^the last run of heartbeat failed at .*Z: exit code 3$/),
    ]);
    expect(status.json['explanation']).toContain('heartbeat');

    await checkout.edit('several/dist/heartbeat.js', (text) => text.replace('process.exitCode = 3;\n', ''));
    const rolled = await checkout.stack('rollback', 'staging', '--yes');
    expect(rolled.exitCode, rolled.talk).toBe(0);
    expect(await get('/admin')).toMatchObject({ title: 'Not Found', process: 'admin' });
    expect(await get('/version')).toEqual(before);
    const verified = await checkout.stack('verify', 'staging');
    expect(verified.exitCode, verified.talk).toBe(0);
    expect(verified.talk).toMatch(/running tasks: .*admin 2 × 1\.4\.0-.*heartbeat 1 × 1\.4\.0-/);
  });

  it('keeps the contract with all of its processes, except for what nobody can check', async () => {
    await checkout.configure('staging', shortRequests);
    const { exitCode, json, talk } = await checkout.stack('verify', 'staging', '--contract');
    expect(exitCode, talk).toBe(0);
    expect((json['checks'] as { name: string }[]).map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'GET /readyz is 200',
        'admin: GET /admin/readyz is 200',
        'admin: loses no request when it is stopped under load, and ends in time',
        'mailer: runs as a number that is not root',
        'mailer: ends in time when it is stopped',
        'heartbeat: runs to its end',
        'heartbeat: logs JSON lines',
        'heartbeat: writes to its folders only',
      ]),
    );
    expect(json['notChecked']).toEqual(
      expect.arrayContaining([
        { name: 'import: runs to its end', why: expect.stringContaining('it runs when somebody starts it') },
        { name: 'mailer: writes to its folders only', why: expect.stringContaining('nobody can give it jobs') },
      ]),
    );
  });
});
