import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from '../testing/checkout.ts';
import { errorOf } from '../testing/expectations.ts';

/** Each of these processes breaks one promise and keeps the others; `web` is the one that the smoke test writes through. */
const broken = [
  'writes to its folders only',
  'connections: opens no more database connections than it may',
  'keep-alive: keeps idle connections open for longer than the load balancer',
  'changes no schema as the role of the app',
  'certificate: refuses a database whose certificate is of another authority',
  'liveness: GET /liveness/health stays 200 while the database is unreachable',
  'stop: loses no request when it is stopped under load, and ends in time',
];

const oneTask = ['connections', 'keepAlive', 'schema', 'certificate', 'liveness', 'stop'];
/** Nothing here takes long, so nothing has to be waited for. */
const short = {
  longestRequestSeconds: '3',
  drainDelaySeconds: '2',
  closeMarginSeconds: '1',
  stopTimeoutSeconds: '8',
  albIdleTimeoutSeconds: '10',
  databaseStatementTimeoutMs: '2000',
  databaseConnectTimeoutMs: '2000',
};

describe('an app that breaks its promises', () => {
  let checkout: Checkout;
  let lines: readonly string[];

  beforeAll(async () => {
    checkout = await createCheckout(`t${process.pid}-broken`);
    cpSync(join(import.meta.dirname, '../testing/promises-app'), join(checkout.directory, 'promises-app'), {
      recursive: true,
    });
    const counts = oneTask.map((prefix) => [`${prefix}DesiredCount`, '1']);
    await checkout.configure('staging', { appDirectory: 'promises-app', ...short, ...Object.fromEntries(counts) });
    const { details } = errorOf(await checkout.stack('verify', 'staging', '--contract'));
    lines = `${details}`.split('\n');
  });
  afterAll(() => checkout.remove());

  it('is found out: each process breaks the one that it breaks, and no other', () => {
    const failed = lines.filter((line) => line.startsWith('✗'));
    const unexpected = failed.filter((line) => !broken.some((name) => line.startsWith(`✗ ${name}: `)));
    expect(unexpected).toEqual([]);
    for (const name of broken) expect(failed).toContainEqual(expect.stringMatching(`^✗ ${name}: `));
  });

  it('is told what was seen, with the number that counts', () => {
    const line = (name: string) => lines.find((text) => text.startsWith(`✗ ${name}`));
    expect(line('connections: ')).toMatch(/it opened \d+ in one task, which may open 2$/);
    expect(line('keep-alive: ')).toContain(
      'it announces Keep-Alive: timeout=5, and the load balancer keeps one for 10 s',
    );
    expect(line('writes')).toContain('it writes to /srv/upload');
    expect(line('changes')).toContain('ALTER TABLE notes ADD COLUMN IF NOT EXISTS author text');
    expect(line('stop: ')).toContain('it was killed after 8 s, because SIGTERM did not end it');
  });

  it('has all of its processes checked, and what cannot be checked listed with the reason', () => {
    for (const process of ['connections', 'keep-alive', 'schema', 'certificate', 'liveness', 'stop']) {
      expect(lines).toContain(`✓ ${process}: GET /${process}/ready is 200: GET /${process}/ready gave 200`);
      expect(lines).toContain(`✓ ${process}: runs as a number that is not root: all processes run as 10001`);
    }
    expect(lines).toContain(
      '– passes its smoke test: not checked, because it fails only because the disk is read-only: POST /files gave 500',
    );
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^– schema: loses no request .*: not checked, because .*: set schemaDesiredCount to 2\. Without load: exit code 0/,
      ),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^– an earlier release .*: not checked, because this machine knows no/),
    );
  });

  it('has its release command run a second time, which must not trust another server either', () => {
    expect(lines).toContainEqual(
      expect.stringMatching(/^✓ its release command has nothing to do the second time: exit code 0/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^✓ release command: refuses a database .* 1 of 1 connections/));
  });
});
