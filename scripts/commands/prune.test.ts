import { describe, expect, it } from 'vitest';
import { assertLasting } from './promote.ts';
import { resultOf } from './prune.ts';

const one = { expires: '2026-11-20T00:00:00.000Z', from: 'staging' };

describe('what prune says', () => {
  it('names each environment, and fails where one could not be removed', () => {
    const result = resultOf(
      { target: 'aws' },
      [
        { environment: 'pr-1', outcome: 'removed', ...one },
        { environment: 'pr-2', outcome: 'failed', reason: 'The VPC is in use.' },
        { environment: 'pr-3', outcome: 'kept', ...one },
        { environment: 'pr-4', outcome: 'unknown', reason: 'its ledger does not say that it was made to expire' },
      ],
      1,
    );
    expect(result.exitCode).toBe(1);
    expect(result.text?.split('\n')).toEqual([
      'pr-1, made from staging: removed; it expired at 2026-11-20T00:00:00.000Z',
      'pr-2: not removed: The VPC is in use.',
      'pr-3, made from staging: kept; it expires at 2026-11-20T00:00:00.000Z',
      'pr-4: kept, because it is not known whether it has expired: its ledger does not say that it was made to expire',
    ]);
    expect(result.summary).toMatchObject({
      did: 'Removed pr-1; pr-2 could not be removed',
      next: [
        { command: 'npm run stack -- down pr-2 --target aws' },
        { command: 'npm run stack -- down pr-4 --target aws' },
      ],
    });
  });

  it('asks for attention where something is unknown, and is no success where there was nothing', () => {
    const unknown = resultOf({ target: 'local' }, [{ environment: 'pr-4', outcome: 'unknown', reason: '?' }], 1);
    expect([unknown.exitCode, unknown.summary.ending]).toEqual([undefined, 'attention']);
    expect(resultOf({ target: 'local' }, [], 1).summary).toMatchObject({ ending: 'nothing' });
  });
});

it('promote refuses an environment that expires, on either side', () => {
  const chain = { expiry: (name: string) => (name === 'pr-1' ? one.expires : undefined) };
  expect(() => assertLasting(chain, 'pr-1', 'prod')).toThrow(/nothing is promoted from it/);
  expect(() => assertLasting(chain, 'staging', 'pr-1')).toThrow(/nothing is promoted to it/);
  expect(() => assertLasting(chain, 'staging', 'prod')).not.toThrow();
});
