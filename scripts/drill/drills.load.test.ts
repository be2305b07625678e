import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Checkout } from '../testing/checkout.ts';
import { docker } from '../testing/containers.ts';
import { createDrillCheckout, outcomes, resultsOf } from './testing/drilled.ts';

/** Drills through the CLI. That they break their promise when they are sabotaged: sabotage.docker.test.ts. */
const instance = `t${process.pid}-drill`;

describe('drills', () => {
  let checkout: Checkout;

  beforeAll(async () => {
    checkout = await createDrillCheckout(instance);
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging', '--all', '--yes').catch(() => undefined);
    checkout.remove();
  });

  it('that keep their promise end with 0, leave a report, and nothing that runs', async () => {
    const drilled = await checkout.stack('drill', 'rollout', 'db-failover', '--rate', '50', '--report', 'proof.html');
    const results = resultsOf(drilled);
    expect(results.flatMap(({ findings = [] }) => findings.filter(({ kept }) => kept === false))).toEqual([]);
    expect(outcomes(results)).toEqual({ rollout: 'kept', 'db-failover': 'not run' });
    expect(drilled.exitCode).toBe(0);
    const writes = results[0]?.findings?.find(({ promised }) => promised.includes('acknowledged'));
    expect(writes?.notChecked).toMatch(/^no write/);
    expect(results[1]?.because).toContain('one Postgres');
    const page = readFileSync(join(checkout.directory, 'proof.html'), 'utf8');
    expect(page).toContain('rollout');
    expect(existsSync(join(checkout.directory, 'proof.json'))).toBe(true);
    expect(await docker('ps', '--all', '--quiet', '--filter', `name=${instance}`).catch(() => '')).toBe('');
  });
});
