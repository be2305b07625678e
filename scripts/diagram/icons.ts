import type { NodeKind } from './model.ts';

export interface Look {
  /** Colour of the picture and of the edge of the card. */
  readonly colour: string;
  /** Drawn with lines, in a box of 24 × 24. */
  readonly path: string;
}

const compute = '#c2410c';
const traffic = '#6d28d9';
const data = '#1d4ed8';
const operations = '#be185d';
const release = '#047857';

/** Pictures are our own: simple lines that read at the size of a word. */
export const looks: Readonly<Record<NodeKind, Look>> = {
  client: {
    colour: '#334155',
    path: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18',
  },
  balancer: {
    colour: traffic,
    path: 'M3 12h6M9 12l8-7M9 12h9M9 12l8 7M14 4.5l3.5.5l-.5 3.5M15.5 9.5l2.5 2.5l-2.5 2.5M17 15.5l.5 3.5l-3.5.5',
  },
  network: { colour: traffic, path: 'M4 8h12M13 5l3 3l-3 3M20 16H8M11 13l-3 3l3 3' },
  tasks: { colour: compute, path: 'M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5l8-4.5M12 12v9' },
  database: { colour: data, path: 'M4 6c0-4 16-4 16 0v12c0 4-16 4-16 0zM4 6c0 4 16 4 16 0M4 12c0 4 16 4 16 0' },
  cache: { colour: data, path: 'M13 3L5 14h6l-1 7l8-11h-6z' },
  queue: { colour: data, path: 'M3 7h5v10H3zM10 7h5v10h-5zM17 12h5M19.5 9.5L22 12l-2.5 2.5' },
  image: { colour: release, path: 'M4 8l8-4l8 4v8l-8 4l-8-4zM8 6l8 4v4M4 8l8 4l8-4M12 12v8' },
  ledger: { colour: release, path: 'M6 3h10l3 3v15H6zM9 9h7M9 13h7M9 17h4' },
  storage: { colour: operations, path: 'M4 6h16l-2 14H6zM4 6c0-3 16-3 16 0c0 3-16 3-16 0' },
  secret: { colour: operations, path: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2.5' },
  metrics: { colour: operations, path: 'M4 4v16h16M7 15l4-5l3 3l5-7' },
  topic: { colour: operations, path: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 20.5h4' },
};
