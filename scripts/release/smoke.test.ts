import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadJobs, loadSmokeTest } from './smoke.ts';
import { rejection } from './testing/rejection.ts';

const remedy = 'Set `smokeTest` to a module that exports `smoke({ baseUrl, fetch, signal })`.';

async function projectWith(source: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'smoke-'));
  await writeFile(join(directory, 'smoke.mjs'), source);
  return directory;
}

describe('loadSmokeTest', () => {
  it("gives the app's own function, which gets where to ask and what to ask with", async () => {
    const directory = await projectWith(
      'export const smoke = async ({ fetch, baseUrl }) => { await fetch(baseUrl); };',
    );
    const asked: unknown[] = [];
    const fetch = async (url: unknown) => {
      asked.push(url);
      return new Response();
    };
    const smoke = await loadSmokeTest(directory, 'smoke.mjs');
    await smoke({ baseUrl: 'http://app.test', fetch, signal: new AbortController().signal });
    expect(asked).toEqual(['http://app.test']);
  });

  it('says which file is missing', async () => {
    expect(await rejection(loadSmokeTest(await projectWith(''), 'other.mjs'))).toMatchObject({
      code: 'SMOKE_TEST_MISSING',
      message: 'There is no smoke test other.mjs.',
      remedy,
    });
  });

  it('says that a module has no smoke test in it', async () => {
    expect(await rejection(loadSmokeTest(await projectWith('export const check = 1;'), 'smoke.mjs'))).toMatchObject({
      code: 'SMOKE_TEST_MISSING',
      message: 'smoke.mjs exports no function `smoke`.',
      remedy,
    });
  });

  it('gives the place of an error, and of a module that cannot be loaded', async () => {
    const failing = await projectWith('export async function smoke() {\n  await undefined.json();\n}\n');
    const smoke = await loadSmokeTest(failing, 'smoke.mjs');
    const access = { baseUrl: 'http://app.test', fetch, signal: new AbortController().signal };
    await expect(smoke(access)).rejects.toThrow(
      "Cannot read properties of undefined (reading 'json') (smoke.mjs:2:19)",
    );

    const thrown = await rejection(loadSmokeTest(await projectWith('\nthrow new Error("boom");\n'), 'smoke.mjs'));
    expect(thrown).toMatchObject({
      code: 'SMOKE_TEST_BROKEN',
      message: 'The smoke test smoke.mjs cannot be loaded: Error: boom (smoke.mjs:2:7)',
    });
  });
});

describe('loadJobs', () => {
  it('gives statements that make a job, of a module that exports them', async () => {
    const source =
      "export const smoke = async () => {}; export const jobs = { due: (s) => `due ${s}`, hopeless: 'never' };";
    const jobs = await loadJobs(await projectWith(source), 'smoke.mjs');
    expect([jobs?.due(600), jobs?.hopeless]).toEqual(['due 600', 'never']);
  });

  it.each(['', "export const jobs = { hopeless: 'never' };", 'export const jobs = 1;'])(
    'gives none of %s',
    async (more) => {
      const directory = await projectWith(`export const smoke = async () => {}; ${more}`);
      expect(await loadJobs(directory, 'smoke.mjs')).toBeUndefined();
    },
  );
});
