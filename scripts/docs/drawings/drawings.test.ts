import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { graphOf } from '../../../infra/testing/graph-of.ts';
import { drawings } from './drawings.ts';
import { stages } from './flow.ts';
import { chains } from './overview.ts';
import { type House, houses } from './rooms.ts';

const root = resolve(import.meta.dirname, '../../..');

it.each(Object.entries(drawings()))('docs/%s is current: `npm run docs:drawings` draws it again', (name, drawn) => {
  expect(readFileSync(join(root, 'docs', name), 'utf8')).toBe(drawn);
});

describe.each(houses)('the rooms of $directory', (house) => {
  it('are all of its directories', () => {
    const directories = readdirSync(join(root, house.directory), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const drawn = [...entriesOf(house).keys(), ...house.beside].filter((entry) => !entry.endsWith('.ts'));
    expect(drawn.toSorted()).toEqual(directories.toSorted());
  });

  it('import only from rooms below them', () => {
    expect(upwardImports(house)).toEqual([]);
  });

  it('would not pass upside down', () => {
    expect(upwardImports({ ...house, floors: house.floors.toReversed() })).not.toEqual([]);
  });
});

it.each(stages.flatMap(({ steps }) => steps))('the files of “$title” exist', ({ files }) => {
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

it('the overview names what prod has', async () => {
  const config = {
    domainName: 'api.example.com',
    hostedZoneId: 'Z0123456789ABCDEFGHIJ',
    alarmEmail: 'ops@example.com',
  };
  const registered = new Set((await graphOf('prod', config)).resources.map(({ type }) => type));
  const named = chains.flatMap(({ places }) => places.flatMap(({ types }) => types));

  expect(named.filter((type) => !registered.has(type))).toEqual([]);
});

interface Place {
  readonly floor: number;
  readonly room: string;
}

function entriesOf({ floors }: House): ReadonlyMap<string, Place> {
  return new Map(
    floors.flatMap((rooms, floor) =>
      rooms.flatMap(({ title, entries }) => entries.map((entry) => [entry, { floor, room: title }] as const)),
    ),
  );
}

/** Imports from a room to one that is not below it, as `file → imported file`. Tests may import what they like. */
function upwardImports(house: House): readonly string[] {
  const directory = join(root, house.directory);
  const places = entriesOf(house);
  const placeOf = (file: string) => places.get(file) ?? places.get(file.split('/')[0] ?? '');
  const sources = globSync('**/*.ts', { cwd: directory }).filter((file) => !/\.test\.ts$|(^|\/)testing\//.test(file));
  return sources.flatMap((file) => {
    const from = placeOf(file);
    if (from === undefined) return [];
    const text = readFileSync(join(directory, file), 'utf8');
    return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].flatMap(([, specifier = '']) => {
      const imported = relative(directory, resolve(directory, file, '..', specifier));
      const to = placeOf(imported);
      if (to === undefined || to.floor > from.floor || (to.floor === from.floor && to.room === from.room)) return [];
      return [`${file} → ${imported}`];
    });
  });
}
