import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout, type Outcome } from '../testing/checkout.ts';
import { docker } from '../testing/containers.ts';
import { shortRequests, twoTasks } from '../testing/quick-settings.ts';

/**
 * Drills of a plain app, through the CLI: what works keeps its promise, and what is sabotaged breaks it. The app needs no
 * database, so a drill takes seconds. All of them with the bundled app: `stack drill --all`.
 */
const instance = `t${process.pid}-drill`;

interface Result {
  readonly name: string;
  readonly outcome: string;
  readonly because?: string;
  readonly findings?: readonly { readonly promised: string; readonly kept?: boolean; readonly notChecked?: string }[];
}

const resultsOf = ({ json, talk }: Outcome) => {
  if (!Array.isArray(json['results'])) throw new Error(`The drill gave no results: ${JSON.stringify(json)}\n${talk}`);
  return json['results'] as readonly Result[];
};
const outcomes = (results: readonly Result[]) =>
  Object.fromEntries(results.map(({ name, outcome }) => [name, outcome]));
const brokenIn = (results: readonly Result[], drill: string) =>
  results
    .find(({ name }) => name === drill)
    ?.findings?.flatMap(({ kept, promised }) => (kept === false ? [promised] : []));

describe('drills', () => {
  let checkout: Checkout;

  beforeAll(async () => {
    checkout = await createCheckout(instance);
    cpSync(join(import.meta.dirname, '../testing/plain-app'), join(checkout.directory, 'plain-app'), {
      recursive: true,
    });
    // What never gets ready is given up after the sum of the last two.
    const soon = { slowestBootSeconds: '5', toleratedOutageSeconds: '10' };
    await checkout.configure('staging', { appDirectory: 'plain-app', ...shortRequests, ...twoTasks, ...soon });
    await checkout.commit('The plain app');
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
