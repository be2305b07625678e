import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout, type Outcome } from './checkout.ts';
import { answeringVersion, errorOf, releaseOf } from './expectations.ts';

const instance = `t${process.pid}-expiring`;

describe('an environment that expires, on this machine', () => {
  let checkout: Checkout;
  let first: Outcome;
  const file = () => join(checkout.directory, 'Pulumi.pr-1.yaml');

  beforeAll(async () => {
    checkout = await createCheckout(instance);
    first = await checkout.stack('up', 'pr-1', '--from', 'prod', '--expires', '2h');
  });
  afterAll(async () => {
    await checkout.stack('down', 'pr-1');
    checkout.remove();
  });

  it('is brought up from the settings of another one, with a task for each process', async () => {
    const { version } = releaseOf(first);
    expect(await answeringVersion(`${first.json['url']}`)).toBe(version);
    const { json } = await checkout.stack('status', 'pr-1');
    expect(json).toMatchObject({
      expiry: { value: { from: 'prod' } },
      runs: {
        value: {
          processes: [
            { name: 'api', desired: 1 },
            { name: 'worker', desired: 1 },
          ],
        },
      },
    });
  });

  it('is no part of the chain, and makes no other environment dirty', async () => {
    const { json } = await checkout.stack('environments');
    expect(json).toMatchObject({
      first: 'staging',
      environments: [
        { name: 'staging' },
        { name: 'prod' },
        { name: 'pr-1', madeFrom: 'prod', expires: expect.any(String) },
      ],
    });
    expect(errorOf(await checkout.stack('promote', 'prod', '--from', 'pr-1', '--yes')).code).toBe(
      'ENVIRONMENT_EXPIRES',
    );
    const { json: doctor } = await checkout.stack('doctor', 'staging');
    expect(JSON.stringify(doctor)).not.toContain('pr-1');
  });

  it('is kept while its time has not come', async () => {
    expect((await checkout.stack('prune')).json).toMatchObject({
      environments: [{ environment: 'pr-1', outcome: 'kept', from: 'prod' }],
    });
    expect(existsSync(file())).toBe(true);
  });

  it('is given another time by up, which changes nothing that runs', async () => {
    const again = await checkout.stack('up', 'pr-1', '--expires', '1s');
    expect(again.json).toMatchObject({ changed: false });
    expect((await checkout.stack('prune', '--dry-run')).json).toMatchObject({
      dryRun: true,
      environments: [{ environment: 'pr-1', outcome: 'expired' }],
    });
    expect(existsSync(file())).toBe(true);
  });

  it('is removed by prune, with its stack file', async () => {
    const pruned = await checkout.stack('prune');
    expect([pruned.exitCode, pruned.json]).toMatchObject([
      0,
      { environments: [{ environment: 'pr-1', outcome: 'removed', from: 'prod' }] },
    ]);
    expect(existsSync(file())).toBe(false);
    expect((await checkout.stack('prune')).json).toMatchObject({ environments: [] });
  });
});
