import { expect, it } from 'vitest';
import { plain } from '../output/paint.ts';
import { doctorSummary, renderPrerequisite } from './doctor.ts';

it.each([
  [{ outcome: 'met', value: '24.21.0' }, '✓ Node.js: 24.21.0'],
  [{ outcome: 'met' }, '✓ Node.js'],
  [{ outcome: 'unmet', reason: 'it is too old', remedy: 'npm ci' }, '✗ Node.js: it is too old\n  → npm ci'],
  [{ outcome: 'skipped', reason: 'nothing is built' }, '– Node.js: skipped, nothing is built'],
  [{ outcome: 'unknown', reason: 'no metric yet' }, '? Node.js: no metric yet'],
] as const)('doctor shows %j', (checked, line) => {
  expect(renderPrerequisite({ name: 'Node.js', ...checked }, plain)).toBe(line);
});

it.each([
  [{ unmet: 1, unknown: 1 }, 'found', 'up staging on target local: 1 of 9 prerequisites is not met'],
  [{ unmet: 2, unknown: 0 }, 'found', 'up staging on target local: 2 of 9 prerequisites are not met'],
  [
    { unmet: 0, unknown: 1 },
    'attention',
    'up staging on target local: nothing is missing, but 1 of 9 prerequisites could not be checked',
  ],
  [{ unmet: 0, unknown: 0 }, 'done', 'up staging on target local has everything it needs'],
] as const)('doctor never calls %j met', (counts, ending, did) => {
  expect(doctorSummary('up staging on target local', { checked: 9, ...counts })).toEqual({ did, ending });
});
