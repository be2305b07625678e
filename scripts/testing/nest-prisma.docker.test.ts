import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { releaseOf } from './expectations.ts';
import { shortRequests, twoTasks } from './quick-settings.ts';

/**
 * A Nest app with Prisma: its client, and `prisma migrate deploy` as its release command. All that was written for the stack
 * is its manifest. The tests build on each other in order.
 */
describe('a Nest app with Prisma', () => {
  let checkout: Checkout;
  let url: string;
  let first: string;

  beforeAll(async () => {
    checkout = await createCheckout(`t${process.pid}-prisma`);
    cpSync(join(import.meta.dirname, 'nest-prisma-app'), join(checkout.directory, 'nest-prisma-app'), {
      recursive: true,
    });
    const settings = { appDirectory: 'nest-prisma-app', ...shortRequests, ...twoTasks, albIdleTimeoutSeconds: '10' };
    for (const environment of ['staging', 'prod']) await checkout.configure(environment, settings);
    await checkout.commit('Bring an app');
  });
  afterAll(async () => {
    for (const environment of ['prod', 'staging']) await checkout.stack('down', environment);
    checkout.remove();
  });

  it('comes up with nothing but its manifest, its migrations applied', async () => {
    const up = await checkout.stack('up', 'staging');
    first = releaseOf(up).version;
    expect(first).toMatch(/^4\.0\.0-[0-9a-f]{12}$/);
    expect(up.talk).toContain('└─ 20260101000000_init/');
    expect(up.talk).toContain('✓ smoke test');
    url = String(up.json['url']);
  });

  it('keeps the contract with a further migration, on whose schema its earlier release runs too', async () => {
    const folder = 'nest-prisma-app/prisma/migrations';
    mkdirSync(join(checkout.directory, folder, '20260201000000_author'), { recursive: true });
    await checkout.write(
      `${folder}/20260201000000_author/migration.sql`,
      `-- AlterTable\nALTER TABLE "Note" ADD COLUMN "author" TEXT NOT NULL DEFAULT 'nobody';\n`,
    );
    const schema = 'nest-prisma-app/prisma/schema.prisma';
    const before = readFileSync(join(import.meta.dirname, schema), 'utf8');
    await checkout.write(
      schema,
      before.replace('  text String\n', '  text String\n  author String @default("nobody")\n'),
    );
    await checkout.write(`${folder}/expand-contract.json`, '{ "20260201000000_author": "expand" }\n');
    await checkout.commit('Give notes an author');
    const verified = await checkout.stack('verify', 'staging', '--contract');
    expect(verified.exitCode, verified.talk).toBe(0);
    const notChecked = verified.json['notChecked'] as { name: string }[];
    // Prisma may start more slowly than the check waits for its first connection.
    expect(notChecked.filter(({ name }) => !/^release command: refuses a database/.test(name))).toEqual([]);
    expect(verified.json['checks']).toContainEqual({
      name: 'an earlier release runs on the schema of this one',
      passed: true,
      detail: `${first} ran its release command and got ready`,
    });
  });

  it('is promoted, and rolled back over the migration with its data', async () => {
    const up = await checkout.stack('up', 'staging');
    const second = releaseOf(up).version;
    expect(up.talk).toContain('└─ 20260201000000_author/');
    const promoted = await checkout.stack('promote', 'prod', '--yes', '--accept-unknown-migrations');
    expect(releaseOf(promoted).version).toBe(second);
    expect(await (await fetch(`${promoted.json['url']}/notes`)).json()).toEqual([
      expect.objectContaining({ author: 'nobody' }),
    ]);

    const rolled = await checkout.stack('rollback', 'staging', '--yes');
    expect(rolled.exitCode, rolled.talk).toBe(0);
    expect(await (await fetch(`${url}/version`)).json()).toEqual({ version: first });
    // One note of each smoke test, the last one written by the earlier release.
    expect(await (await fetch(`${url}/notes`)).json()).toHaveLength(3);
  });
});
