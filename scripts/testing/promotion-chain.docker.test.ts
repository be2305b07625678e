import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout, type Outcome } from './checkout.ts';
import { answeringVersion, errorOf, type RunningRelease, releaseOf } from './expectations.ts';
import { apiAlone } from './quick-settings.ts';

/** A release on its way through three environments, none of which has a name that the code could know. */
const instance = `t${process.pid}-chain`;
const chain = ['build', 'trial', 'live'];

describe('a chain of three environments on this machine', () => {
  let checkout: Checkout;
  let built: RunningRelease;
  let first: Outcome;

  beforeAll(async () => {
    checkout = await createCheckout(instance);
    const text = await readFile(join(checkout.directory, 'Pulumi.staging.yaml'), 'utf8');
    for (const [index, environment] of chain.entries()) {
      await checkout.write(`Pulumi.${environment}.yaml`, text);
      await checkout.configure(environment, apiAlone);
      const promoteFrom = chain[index - 1];
      if (promoteFrom !== undefined) await checkout.configure(environment, { promoteFrom, releaseSource: 'promoted' });
    }
    for (const name of ['staging', 'prod']) rmSync(join(checkout.directory, `Pulumi.${name}.yaml`));
    await checkout.commit('Name three environments');
    first = await checkout.stack('up');
    built = releaseOf(first);
  });
  afterAll(async () => {
    for (const environment of chain) await checkout.stack('down', environment, '--yes');
    checkout.remove();
  });

  it('builds where the chain begins, without being told where that is', () => {
    expect(first.json['environment']).toBe('build');
  });

  it('asks where to promote to, because there are two places', async () => {
    const asked = await checkout.stack('promote', '--yes');
    expect(asked.exitCode).toBe(2);
    expect(asked.json['error']).toMatchObject({
      message: 'promote needs the environment to promote to: trial, live.',
    });
  });

  it('does not let a release skip an environment', async () => {
    expect(errorOf(await checkout.stack('promote', 'live', '--yes'))).toMatchObject({
      code: 'NOTHING_TO_PROMOTE',
      message: 'No release runs on trial.',
    });
  });

  it('promotes the same image from each environment to the next', async () => {
    const urls = new Set<unknown>();
    for (const [index, environment] of chain.entries()) {
      if (index === 0) continue;
      const promoted = await checkout.stack('promote', environment, '--yes');
      expect(promoted.json).toMatchObject({ environment, from: chain[index - 1] });
      expect(releaseOf(promoted).image).toBe(built.image);
      expect(await answeringVersion(`${promoted.json['url']}`)).toBe(built.version);
      urls.add(promoted.json['url']);
    }
    expect(urls.size).toBe(2);
  });
});
