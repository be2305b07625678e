import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { errorOf } from './expectations.ts';
import { startLoad } from './load.ts';
import { oneTask } from './quick-settings.ts';

const hash = (value: string) => createHash('sha256').update(value).digest('hex');
const first = 'first "value" with $dollar, `ticks`\nand a second line';

/** Every file below a folder, with what is in it. */
function contentsOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
    .join('\n');
}

/** The tests build on each other in order. */
describe('a secret that a person sets', () => {
  let checkout: Checkout;
  let url: string;
  const answered = async () => await (await fetch(`${url}/greeting`)).json();

  beforeAll(async () => {
    checkout = await createCheckout(`t${process.pid}-secrets`);
    cpSync(join(import.meta.dirname, 'plain-app'), join(checkout.directory, 'plain-app'), { recursive: true });
    await checkout.edit('plain-app/dist/main.js', (text) =>
      text
        .replace('import { createServer }', "import { createHash } from 'node:crypto';\nimport { createServer }")
        .replace(
          "{ greeting: 'hello' }",
          "{ key: createHash('sha256').update(process.env.PAYMENT_KEY ?? '').digest('hex') }",
        ),
    );
    await checkout.edit('plain-app/stack.app.ts', (text) =>
      text
        .replace('      variables: {', "      secrets: ['PAYMENT_KEY'],\n      variables: {")
        .replace(
          "  smokeTest: 'smoke.js',",
          "  secrets: { PAYMENT_KEY: { description: 'Key of the payment provider' } },",
        ),
    );
    for (const environment of ['staging', 'prod']) {
      await checkout.configure(environment, { appDirectory: 'plain-app', ...oneTask });
    }
    // The plain app is not ready during an outage.
    await checkout.configure('prod', { toleratedOutageSeconds: '40' });
    await checkout.commit('Take payments');
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it('is required before anything changes, with the command that sets it', async () => {
    const refused = await checkout.stack('up', 'staging');
    expect(refused.exitCode).toBe(3);
    expect(errorOf(refused).details).toContain('npm run stack -- secrets set PAYMENT_KEY staging');
    expect((await checkout.stack('history', 'staging')).json['rows']).toEqual([]);
    const { json } = await checkout.stack('preview', 'staging');
    expect(json['missingSecrets']).toEqual(['PAYMENT_KEY']);
  });

  it('is taken from stdin, and refused under another name or without a value', async () => {
    const unknown = errorOf(await checkout.feed('x', 'secrets', 'set', 'PAYMENT_KEYS', 'staging'));
    expect(unknown).toMatchObject({
      code: 'SECRET_UNKNOWN',
      remedy: expect.stringContaining('Did you mean PAYMENT_KEY?'),
    });
    expect(errorOf(await checkout.feed('\n', 'secrets', 'set', 'PAYMENT_KEY'))).toMatchObject({
      code: 'SECRET_VALUE_INVALID',
    });
    const set = await checkout.feed(`${first}\n`, 'secrets', 'set', 'PAYMENT_KEY', 'staging');
    expect(set.exitCode, set.talk).toBe(0);
    expect(set.json).toMatchObject({ name: 'PAYMENT_KEY', replaced: false });
  });

  it('reaches the process that names it, as it was typed', async () => {
    const up = await checkout.stack('up', 'staging');
    expect(up.exitCode, up.talk).toBe(0);
    url = String(up.json['url']);
    expect(await answered()).toEqual({ key: hash(first) });
  });

  it('is in one file that git ignores and others cannot read, and nowhere else', async () => {
    const file = join(checkout.directory, '.stack/secrets/staging.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { stdout } = await execa('git', ['status', '--porcelain', '--', '.stack'], { cwd: checkout.directory });
    expect(stdout).toBe('');
    expect(readFileSync(file, 'utf8')).toContain('$dollar');
    expect(contentsOf(join(checkout.directory, '.stack', checkout.instance))).not.toContain('$dollar');
    const listed = await checkout.stack('secrets', 'list', 'staging');
    expect(JSON.stringify(listed)).not.toContain('$dollar');
    expect(listed.json['secrets']).toMatchObject([
      { name: 'PAYMENT_KEY', state: 'set', readers: ['api'], outdated: [], changedAt: expect.any(String) },
    ]);
  });

  it('reaches running tasks by a restart, which loses no request and changes nothing else', async () => {
    await checkout.feed('second', 'secrets', 'set', 'PAYMENT_KEY', 'staging');
    const { json } = await checkout.stack('secrets', 'list', 'staging');
    expect(json['secrets']).toMatchObject([{ outdated: ['api'] }]);
    expect(await answered()).toEqual({ key: hash(first) });

    const load = startLoad(`${url}/greeting`, { rate: 100, connections: 8 });
    const restarted = await checkout.stack('restart', 'staging', 'api');
    const { failed, requests } = await load.stop();
    expect(restarted.exitCode, restarted.talk).toBe(0);
    expect(restarted.json).toMatchObject({ processes: ['api'] });
    expect(failed).toBe(0);
    expect(requests).toBeGreaterThan(100);
    expect(await answered()).toEqual({ key: hash('second') });

    expect((await checkout.stack('up', 'staging')).json['changed']).toBe(false);
    expect((await checkout.stack('secrets', 'list', 'staging')).json['secrets']).toMatchObject([{ outdated: [] }]);
  });

  it('is not deleted while a process reads it', async () => {
    expect(errorOf(await checkout.stack('secrets', 'unset', 'PAYMENT_KEY', 'staging'))).toMatchObject({
      code: 'SECRET_IN_USE',
    });
  });

  it('is another one on each environment: a promotion needs that of the destination', async () => {
    const refused = await checkout.stack('promote', 'prod', '--yes');
    expect(refused.exitCode).toBe(3);
    expect(errorOf(refused).details).toContain('secrets set PAYMENT_KEY prod');
  });

  it('is rolled out by an up that finds it changed, too, and outlives the environment', async () => {
    await checkout.feed('third', 'secrets', 'set', 'PAYMENT_KEY', 'staging');
    const up = await checkout.stack('up', 'staging');
    expect(up.json['changed']).toBe(true);
    expect(await answered()).toEqual({ key: hash('third') });
    await checkout.stack('down', 'staging');
    expect((await checkout.stack('secrets', 'list', 'staging')).json['secrets']).toMatchObject([{ state: 'set' }]);
    expect((await checkout.stack('secrets', 'unset', 'PAYMENT_KEY', 'staging')).json['removed']).toBe(true);
  });
});
