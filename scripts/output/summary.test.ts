import { expect, it } from 'vitest';
import { stackCommand } from '../messages/next-command.ts';
import { plain } from './paint.ts';
import { renderSummary } from './summary.ts';
import { renderTable } from './table.ts';

it('renderSummary says what was done, how long it took, and what to do next', () => {
  const next = [
    { command: stackCommand('local', 'promote'), purpose: 'bring it to prod' },
    { command: stackCommand('aws', 'logs', 'staging'), purpose: 'see what it writes' },
  ];
  expect(
    renderSummary({ did: 'staging runs 1.0.0', seconds: 12.34, lines: ['http://127.0.0.1:8080'], next }, plain),
  ).toBe(
    [
      'http://127.0.0.1:8080',
      '',
      '✓ staging runs 1.0.0 (12.3 s)',
      '  npm run stack -- promote                    bring it to prod',
      '  npm run stack -- logs staging --target aws  see what it writes',
    ].join('\n'),
  );
});

it.each([
  ['found', '✗'],
  ['nothing', '–'],
  ['attention', '!'],
] as const)('renderSummary marks what was %s with %s, not with ✓', (ending, mark) => {
  expect(renderSummary({ did: 'it ended', seconds: 1, ending }, plain)).toBe(`${mark} it ended (1.0 s)`);
});

it('renderTable aligns columns without lines', () => {
  expect(
    renderTable(
      ['VERSION', 'BY'],
      [
        ['1.0.0', 'ada'],
        ['1.10.0-a', 'eve'],
      ],
      plain,
    ),
  ).toEqual(['VERSION   BY', '1.0.0     ada', '1.10.0-a  eve']);
});
