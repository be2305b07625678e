import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOf, type Results, readResults } from '../../bench/results.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(projectDirectory, path), 'utf8');

describe('the figures', () => {
  it.each(Object.entries(filesOf(readResults(), read('README.md'))))('%s quotes what was measured', (path, text) => {
    expect(read(path), `${path} is stale: run \`npm run bench -- --save\``).toBe(text);
  });

  it('say the spread, and whether a target was met', () => {
    const results: Results = {
      example: {
        at: '2026-11-30T12:00:00.000Z',
        commit: '0123456789ab',
        machine: 'a machine',
        loadBefore: 0.1,
        rows: [
          {
            name: 'start',
            unit: 'ms',
            floor: [100, 110, 90],
            ours: [150, 170, 160],
            target: { ratio: 1.5, better: 'lower' },
          },
          { name: 'rollback', unit: 's', ours: [4, 4], target: { atMost: 5 } },
        ],
      },
    };
    const { 'bench/results/figures.md': text } = filesOf(results, read('README.md'));

    expect(text).toContain('| start | 100 ms (90.0 to 110) | – | 160 ms (150 to 170) | 1.60 × | ≤ 1.5 × | MISSED |');
    expect(text).toContain('| rollback | – | – | 4.0 s | – | ≤ 5 s | met |');
  });
});
