import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Checkout } from '../testing/checkout.ts';
import { brokenIn, createDrillCheckout, outcomes, resultsOf } from './testing/drilled.ts';

/** What a drill must find needs no quiet machine. That they keep their promise otherwise: drills.load.test.ts. */
describe('drills', () => {
  let checkout: Checkout;

  beforeAll(async () => {
    checkout = await createDrillCheckout(`t${process.pid}-sabot`);
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging', '--all', '--yes').catch(() => undefined);
    checkout.remove();
  });

  it('that are sabotaged break their promise, and the command ends with 1', async () => {
    const sabotaged = ['rollout', 'kill', 'never-ready', 'bad-migration', 'db-away'];
    const drilled = await checkout.stack('drill', ...sabotaged, '--sabotage', '--away', '5', '--rate', '50');
    const results = resultsOf(drilled);
    expect(outcomes(results)).toEqual(Object.fromEntries(sabotaged.map((name) => [name, 'broken'])));
    expect(drilled.exitCode).toBe(1);
    expect(brokenIn(results, 'rollout')).toContain('no request fails');
    expect(brokenIn(results, 'kill')).toEqual([expect.stringContaining('requests fail')]);
    expect(brokenIn(results, 'never-ready')).toContain('no request fails');
    expect(brokenIn(results, 'bad-migration')).toContain('no request fails');
    expect(brokenIn(results, 'db-away')).toContain('no task of api is replaced');
  });

  it('are refused on AWS, by name, before anything is asked there', async () => {
    const { exitCode, json } = await checkout.stack('drill', 'kill', '--environment', 'prod', '--target', 'aws');
    expect({ exitCode, json }).toMatchObject({ exitCode: 3, json: { error: { code: 'DRILL_NOT_LOCAL' } } });
    expect(JSON.stringify(json)).toContain('prod on target aws');
  });
});
