import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createReport, NotChecked } from './report.ts';

function create() {
  const lines: string[] = [];
  const progress = { step: () => undefined, detail: (line: string) => lines.push(line) };
  return { lines, report: createReport(progress, new AbortController().signal) };
}

it('keeps apart what holds, what is broken and what nobody could check', async () => {
  const { lines, report } = create();
  await report.check('one', async () => 'seen');
  await report.check('two', () => Promise.reject(new NotChecked('there is none')));
  expect(report.verification()).toEqual({
    passed: true,
    checks: [{ name: 'one', passed: true, detail: 'seen' }],
    notChecked: [{ name: 'two', why: 'there is none' }],
  });
  await report.check('three', () => Promise.reject(new Error('it gave 500')));
  expect(report.verification().passed).toBe(false);
  expect(lines).toEqual(['✓ one: seen', '– two: not checked, because there is none', '✗ three: it gave 500']);
});

it('says what was checked at the same time in its order', async () => {
  const { lines, report } = create();
  const results = await report.each(['slow', 'fast', 'last'], 2, async (name, part) => {
    if (name === 'slow') await pause(20);
    await part.check(name, async () => 'seen');
    return name.length;
  });
  expect(lines).toEqual(['✓ slow: seen', '✓ fast: seen', '✓ last: seen']);
  expect(results).toEqual([4, 4, 4]);
});

it('runs parts at the same time, and says what they saw one after the other', async () => {
  const { lines, report } = create();
  let secondRan = () => {};
  const waited = new Promise<void>((resolve) => {
    secondRan = resolve;
  });
  await report.together([
    async (part) => {
      await part.check('first', async () => waited.then(() => 'seen'));
      await part.check('its last', async () => 'seen');
    },
    (part) =>
      part.check('second', async () => {
        secondRan();
        return 'seen';
      }),
  ]);
  expect(lines).toEqual(['✓ first: seen', '✓ its last: seen', '✓ second: seen']);
});
