import { describe, expect, test } from 'vitest';
import type { Migration } from '../../infra/release/release.ts';
import { entry } from '../release/testing/ledger-entry.ts';
import { decodeEntry, encodeEntry, partCount, valueLimitBytes } from './entry-codec.ts';

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
