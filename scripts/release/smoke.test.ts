import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSmokeTest } from './smoke.ts';
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
