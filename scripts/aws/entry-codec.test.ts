import { describe, expect, test } from 'vitest';
import type { Migration } from '../../infra/release/release.ts';
import { entry } from '../release/testing/ledger-entry.ts';
import { decodeEntry, decodeFreeze, encodeEntry, encodeFreeze, partCount, valueLimitBytes } from './entry-codec.ts';

const words = [
  'create',
  'todos',
  'users',
  'index',
  'add',
  'column',
  'due',
  'date',
  'tokens',
  'archive',
  'drop',
  'rename',
];

/** Names as people give them, different enough not to flatter the compression. */
function migrations(count: number): Migration[] {
  return Array.from({ length: count }, (_, index) => {
    const day = String(20240101 + Math.floor((index * 37) / 24) + (index % 9) * 100);
    const time = String((index * 613) % 2400).padStart(4, '0');
    const slug = [0, 1, 2].map((part) => words[(index * (part + 5) + part * 7 + index ** 2) % words.length]).join('-');
    return { name: `${day}T${time}-${slug}-${index}`, kind: index % 7 === 0 ? 'contract' : 'expand' };
  });
}

function withMigrations(count: number) {
  const plain = entry('1.0.0-0123456789ab');
  return { ...plain, release: { ...plain.release, migrations: migrations(count) } };
}

describe('an entry as the value of a parameter', () => {
  test.each([0, 5, 40, 100, 400, 2000])(
    'comes back whole with %i migrations, within the limit of the free tier',
    (count) => {
      const original = withMigrations(count);
      const { head, parts } = encodeEntry(original);
      for (const value of [head, ...parts]) expect(Buffer.byteLength(value)).toBeLessThanOrEqual(valueLimitBytes);
      expect(partCount(head)).toBe(parts.length);
      expect(decodeEntry(parts.length === 0 ? head : parts.join(''))).toEqual(original);
    },
  );

  test('is one readable value for as long as it can be, and one value for longer', () => {
    expect(JSON.parse(encodeEntry(withMigrations(20)).head)).toMatchObject({ action: 'up' });
    expect(encodeEntry(withMigrations(150)).parts).toEqual([]);
  });

  test('is compressed when it has what Parameter Store takes for a reference', () => {
    const original = entry('1.0.0-0123456789ab', { outcome: 'failed', reason: 'template {{ssm:x}} ’ü' });
    const { head } = encodeEntry(original);
    expect(head).not.toContain('{{');
    expect(decodeEntry(head)).toEqual(original);
  });

  test('keeps its optional parts, and leaves out what a newer version added', () => {
    const original = entry('1.0.0-0123456789ab', {
      outcome: 'failed',
      built: false,
      reason: 'why',
      verification: { passed: false, checks: [{ name: 'ready', passed: false, detail: '503' }] },
    });
    expect(decodeEntry(JSON.stringify({ ...original, added: 'later' }))).toEqual(original);
  });

  test.each(['none', '{}', '{"outcome":"fine"}', 'br:AAAA'])('throws on %s, which is no entry', (value) => {
    expect(() => decodeEntry(value)).toThrow();
  });
});

describe('overridden rules, holds and freezes', () => {
  test('come back as they were written', () => {
    const hold = { version: '2.0.0-0123456789ab', digest: `sha256:${'2'.repeat(64)}`, reason: 'checkout {{fails}}' };
    const accepted = { dirty: 'outage', rolledBack: 'fixed outside', losses: ['edge-logs'], frozen: 'holidays' };
    const original = entry('1.0.0-0123456789ab', { action: 'rollback', hold, accepted });
    expect(decodeEntry(encodeEntry(original).head)).toEqual(original);
  });

  test('an entry without any reads as before', () => {
    const { hold: _, accepted: __, ...original } = entry('1.0.0-0123456789ab');
    expect(decodeEntry(JSON.stringify(original))).toEqual(original);
  });

  test('a freeze escapes the braces that Parameter Store treats as a reference', () => {
    const freeze = {
      environment: 'prod',
      frozen: true,
      reason: 'see {{ticket}}',
      by: 'ada',
      at: '2026-12-24T00:00:00Z',
    };
    expect(encodeFreeze(freeze)).not.toContain('{{');
    expect(decodeFreeze(encodeFreeze(freeze))).toEqual(freeze);
  });

  test('a freeze with a reason of any length fits into a parameter', () => {
    const reason = '\u{1f976}'.repeat(5000);
    const long = { environment: 'prod', frozen: true, reason, by: 'ada', at: '2026-12-24T00:00:00Z' };
    expect(Buffer.byteLength(encodeFreeze(long))).toBeLessThanOrEqual(valueLimitBytes);
    expect(decodeFreeze(encodeFreeze(long)).reason).toBe('\u{1f976}'.repeat(500));
  });
});
