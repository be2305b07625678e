import { type Box, columnWidth, type Drawing, type Part, renderBox, renderText, type Side } from './sheet.ts';

export interface Room {
  readonly title: string;
  readonly notes: readonly string[];
  /** What it consists of, relative to its house: a directory or a file. These may import each other. */
  readonly entries: readonly string[];
}

/** Rooms next to each other: none imports from another one of its floor. */
export type Floor = readonly Room[];

export interface House {
  readonly side: Side;
  /** Relative to the repository. */
  readonly directory: string;
  readonly purpose: string;
  /** From the top. A room imports only from floors below its own. */
  readonly floors: readonly Floor[];
  /** Directories that serve the others' tests and tools, and stand outside the floors. */
  readonly beside: readonly string[];
}

const noteLength = 62;

export const houses: readonly House[] = [
  {
    side: 'infra',
    directory: 'infra',
    purpose: 'the Pulumi program: what an environment consists of',
    floors: [
      [room('index.ts', 'table of contents, stack outputs')],
      [room('observability', 'alarms, dashboard'), room('delivery', 'ledger, CI roles')],
      [room('compute', 'cluster, tasks, services, scaling, migration run')],
      [room('data', 'Postgres, Valkey, secrets'), room('edge', 'ALB, WAF, certificate')],
      [room('network', 'VPC, security groups'), room('image', 'build, ECR')],
      [room('contract', 'numbers both sides share'), room('foundation', 'names, keys, log groups')],
      [room('manifest', 'what an app says about itself, parsed and checked')],
      [room('settings', 'what an environment may ask for, parsed and checked')],
      [room('catalog', 'AWS sizes'), room('release', 'identity'), room('graph', 'recorder')],
      [room('errors', 'one class for errors that differ in their name alone')],
    ],
    beside: ['policy', 'testing'],
  },
  {
    side: 'scripts',
    directory: 'scripts',
    purpose: 'the CLI: how a release moves',
    floors: [
      [room('commands', 'arguments → one flow; the only choice of a target')],
      [room('dashboard', 'one page of this machine, live')],
      [room('output', 'screens: text for people')],
      [
        room('drill', 'proof'),
        room('conformance', 'app contract'),
        room('diagram', 'SVG'),
        room('terraform', 'export'),
      ],
      [room('aws', 'target aws'), room('local', 'target local'), room('cost', 'prices'), room('init', 'an app, seen')],
      [room('pulumi', 'Automation API'), room('program', 'any commit'), room('docs', 'generators')],
      [room('release', 'flows: the order of steps, the same on every target')],
      [room('messages', 'errors, next commands, durations')],
    ],
    beside: ['audit', 'testing'],
  },
  {
    side: 'app',
    directory: 'app/src',
    purpose: 'the Nest app: knows nothing of the other two',
    floors: [
      [group('processes', ['launch', 'worker', 'shutdown', 'health'])],
      [group('domain', ['auth', 'users', 'todos', 'webhooks', 'jobs', 'idempotency'])],
      [
        group('infrastructure', [
          'http',
          'docs',
          'rate-limit',
          'daily-caps',
          'cache',
          'queue',
          'outbox',
          'mail',
          'http-client',
          'metrics',
          'migrate',
        ]),
      ],
      [group('ground', ['database', 'valkey', 'tracing', 'logging', 'errors', 'env', 'clock', 'ids', 'slots'])],
    ],
    beside: [],
  },
];

function room(entry: string, holds: string): Room {
  return { title: entry.endsWith('.ts') ? entry : `${entry}/`, notes: [holds], entries: [entry] };
}

/** Directories that are one room together, because they import each other. */
function group(title: string, entries: readonly string[]): Room {
  const notes: string[] = [];
  for (const entry of entries) {
    const line = notes.at(-1);
    if (line === undefined || line.length + entry.length + 2 > noteLength) notes.push(entry);
    else notes[notes.length - 1] = `${line}, ${entry}`;
  }
  return { title, notes, entries };
}

const headingHeight = 44;
const lineHeight = 18;
const gap = 7;

export function drawRooms(): Drawing {
  return { title: 'The rooms of the repository', description: describe(), parts: houses.map(drawHouse) };
}

function drawHouse({ side, directory, purpose, floors, beside }: House): Part {
  const body = [renderText(0, 18, 'heading', `${directory}/`), renderText(0, 36, 'note', purpose)];
  let y = headingHeight;
  for (const floor of floors) {
    const height = 28 + lineHeight * Math.max(...floor.map(({ notes }) => notes.length));
    body.push(...drawFloor(floor, side, y, height));
    y += height + gap;
  }
  if (beside.length === 0) return { height: y - gap, body };
  const names = beside.map((name) => `${name}/`).join(' and ');
  return { height: y + 18, body: [...body, renderText(0, y + 13, 'note', `outside the floors: ${names}`)] };
}

function drawFloor(floor: Floor, side: Side, y: number, height: number): readonly string[] {
  const each = (columnWidth - gap * (floor.length - 1)) / floor.length;
  return floor.flatMap(({ title, notes }, index) => {
    const box: Box = { x: index * (each + gap), y, width: each, height };
    return [
      renderBox(box, side),
      renderText(box.x + 10, y + 19, 'title', title),
      ...notes.map((note, line) => renderText(box.x + 10, y + 37 + line * lineHeight, 'note', note)),
    ];
  });
}

function describe(): string {
  const floorNames = (floor: Floor) => floor.flatMap(({ entries }) => entries).join(', ');
  return houses
    .map(({ directory, floors }) => `${directory}, from the top: ${floors.map(floorNames).join('; below: ')}.`)
    .concat('Imports go down only.')
    .join(' ');
}
