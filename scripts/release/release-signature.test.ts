import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { promote } from './promote.ts';
import { signatureOf, signRelease } from './release-signature.ts';
import { rollback } from './rollback.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions, rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const signing = { sign: privateKey, verify: publicKey };

/** Two releases on staging, signed or not, and promoted with no key configured. */
async function released(keys: object) {
  const flow = memoryFlow();
  for (const version of ['1.0.0', '2.0.0']) {
    flow.platform.source = release(version);
    await up({ ...flow, signing: keys }, 'staging');
    await promote(flow, promoteOptions);
  }
  flow.platform.source = release('3.0.0');
  await up({ ...flow, signing: keys }, 'staging');
  return flow;
}

describe('where a key is configured', () => {
  it('a release that was signed when it was built is promoted, and rolled back to', async () => {
    const flow = { ...(await released(signing)), signing };
    expect((await promote(flow, promoteOptions)).release.version).toBe('3.0.0');
    expect((await rollback(flow, 'prod', rollbackOptions)).release.version).toBe('2.0.0');
    expect(signatureOf(flow.platform.environment('prod').entries, release('3.0.0'))).toBeDefined();
  });

  it.each([
    ['no signature', {}, 'RELEASE_NOT_SIGNED'],
    ['a signature with another key', { sign: other.privateKey }, 'SIGNATURE_INVALID'],
  ])('a release with %s is neither promoted nor rolled back to', async (_what, keys, code) => {
    const flow = { ...(await released(keys)), signing };
    expect((await rejection(promote(flow, promoteOptions))).code).toBe(code);
    expect((await rejection(rollback(flow, 'prod', rollbackOptions))).code).toBe(code);
    const running = flow.platform.environment('prod').tasks.map((task) => task.release.version);
    expect(new Set(running)).toEqual(new Set(['2.0.0']));
  });

  it('a signature of another digest does not count', async () => {
    const flow = await released(signing);
    const { entries } = flow.platform.environment('staging');
    const forged = signRelease(privateKey, release('1.0.0'), 'ada', '2026-12-24T00:00:00Z');
    const at = entries.findLastIndex(({ signature }) => signature !== undefined);
    entries[at] = { ...entries[at]!, signature: forged };
    expect((await rejection(promote({ ...flow, signing }, promoteOptions))).code).toBe('SIGNATURE_INVALID');
  });

  it('nothing is asked for without one', async () => {
    const flow = await released({});
    expect((await promote(flow, promoteOptions)).changed).toBe(true);
  });
});
