import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { fixtureProject, projectDirectory } from '../../infra/testing/graph-of.ts';
import { renderAlarms } from '../output/alarms-text.ts';
import { renderBackups } from '../output/backups-text.ts';
import { plain } from '../output/paint.ts';
import { renderTable } from '../output/table.ts';
import { renderTimings } from '../output/timings-text.ts';
import { main } from './main.ts';
import { registry } from './registry.ts';

const directory = mkdtempSync(join(tmpdir(), 'widths-'));
cpSync(fixtureProject, directory, { recursive: true });
cpSync(join(projectDirectory, 'package.json'), join(directory, 'package.json'));
symlinkSync(join(projectDirectory, 'app'), join(directory, 'app'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What a command prints to a terminal of this width, or into a pipe. */
async function screen(columns: number | undefined, ...args: readonly string[]): Promise<string> {
  const streams = [new PassThrough(), new PassThrough()].map((stream) =>
    Object.assign(stream, columns === undefined ? {} : { isTTY: true, columns }),
  );
  let text = '';
  for (const stream of streams) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [stdout, stderr] = streams as unknown as readonly [NodeJS.WriteStream, NodeJS.WriteStream];
  await main(args, {
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    stdout,
    stderr,
    // No live progress, of which tests would see each frame.
    variables: { CI: 'true' },
    projectDirectory: directory,
    signal: new AbortController().signal,
  });
  return text;
}

const longer = (text: string, columns: number) =>
  stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.length > columns);
/** What is read, however its lines are broken. */
const words = (text: string) =>
  stripVTControlCharacters(text)
    .replace(/\(\d[^)]* m?s\)/g, '')
    .split(/\s+/)
    .toSorted();

describe('on a terminal of 80 columns', () => {
  it.each([['preview', 'staging'], ['preview', 'prod', '--full'], ['cost', 'prod'], ['environments'], ['--help']])(
    '%s %s %s is no wider, and says the same as on a wide one',
    async (...args) => {
      const given = args.filter((word) => word !== undefined);
      const narrow = await screen(80, ...given);
      expect(narrow).not.toMatch(/^✗|^Error/m);
      expect(longer(narrow, 80)).toEqual([]);
      expect(words(narrow)).toEqual(words(await screen(200, ...given)));
    },
  );

  it.each(registry.map(({ name }) => name))('%s --help is no wider', async (name) => {
    const help = await screen(80, name, '--help');
    expect(help).toContain(`stack ${name}`);
    expect(longer(help, 80)).toEqual([]);
  });

  it('alarms are no wider, and their conditions are whole', () => {
    const condition = 'HTTPCode_Target_5XX_Count (Sum) > 0.83 in 2 of 3 periods of 60 s';
    const alarm = { name: 'api-5xx', state: 'not firing', condition, guards: ['api', 'worker'] } as const;
    const other = {
      name: 'valkey-engine-cpu',
      state: 'not here',
      condition,
      guards: [],
      because: 'no such metric',
    } as const;
    const text = renderAlarms([alarm, other], plain, 80);
    expect(longer(text, 80)).toEqual([]);
    expect(words(text)).toEqual(words(renderAlarms([alarm, other], plain)));
  });

  it('backups are no wider', () => {
    const report = {
      times: [{ from: '2026-11-21T10:00:00.000Z', to: '2026-11-21T11:00:00.000Z' }],
      snapshots: [
        { id: 'example-staging-20261121T100000Z', at: '2026-11-21T10:00:00.000Z', made: 'manual', sizeMiB: 1 },
      ],
      kept: [],
      atMostLost: { seconds: 300, why: 'Postgres archives a segment of its log when it is full, or after that time' },
    } as const;
    expect(longer(renderBackups(report, plain, 80), 80)).toEqual([]);
  });

  it('timings of no release are a sentence', () => {
    expect(longer(renderTimings([], plain, 0, 80), 80)).toEqual([]);
  });
});

it('a terminal that says it has 0 columns does not know: nothing is broken after each word', async () => {
  expect(await screen(0, 'preview', 'staging')).toContain('commit');
  expect((await screen(0, 'environments')).split('\n').length).toBe(
    (await screen(200, 'environments')).split('\n').length,
  );
});

describe('a table that is wider than the terminal', () => {
  const rows = [
    ['api', '2 of 2', 'a long text that continues'],
    ['worker', '1', '-'],
  ];

  it('continues the cells of its widest column, between words', () => {
    expect(renderTable(['A', 'B', 'C'], rows, plain, 30)).toEqual([
      'A       B       C',
      'api     2 of 2  a long text',
      '                that continues',
      'worker  1       -',
    ]);
  });

  it('cuts no word, however narrow the terminal is', () => {
    expect(words(renderTable(['A', 'B', 'C'], rows, plain, 5).join('\n'))).toEqual(
      words(['A B C', ...rows.flat()].join(' ')),
    );
  });

  it('keeps the spaces that a cell begins with', () => {
    expect(renderTable(['   A', 'B'], [['   x', 'y']], plain, 80)).toEqual(['   A  B', '   x  y']);
  });
});

it.each([['preview', 'prod', '--full'], ['cost', 'prod'], ['environments'], ['--help'], ['no-such-command']])(
  '%s %s in a pipe has no control characters',
  async (...args) => {
    const text = await screen(undefined, ...args.filter((word) => word !== undefined));
    expect(text).not.toBe('');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  },
);
