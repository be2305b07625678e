import type { CommandModule } from './definition.ts';

export interface RegisteredCommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** All subcommands. Only the one that is called gets loaded. */
export const registry: readonly RegisteredCommand[] = [
  {
    name: 'up',
    summary: 'build, migrate and roll out what the settings ask for, then verify it',
    load: async () => await import('./up.ts'),
  },
  {
    name: 'down',
    summary: 'remove everything that up created',
    load: async () => await import('./down.ts'),
  },
  {
    name: 'preview',
    summary: 'show what would be registered, and the numbers of the contract; needs no AWS',
    load: async () => await import('./preview.ts'),
  },
  {
    name: 'verify',
    summary: 'check health, readiness, version, a write and a read, and the error rate',
    load: async () => await import('./verify.ts'),
  },
  {
    name: 'promote',
    summary: 'bring the release that was verified on one environment to another',
    load: async () => await import('./promote.ts'),
  },
  {
    name: 'rollback',
    summary: 'bring back an earlier release',
    load: async () => await import('./rollback.ts'),
  },
  {
    name: 'history',
    summary: 'show what ran when, by whom, from which commit',
    load: async () => await import('./history.ts'),
  },
  {
    name: 'logs',
    summary: 'show what the tasks write',
    load: async () => await import('./logs.ts'),
  },
  {
    name: 'drift',
    summary: 'find what was changed by hand',
    load: async () => await import('./drift.ts'),
  },
  {
    name: 'graph',
    summary: 'draw what runs, as SVG',
    load: async () => await import('./graph.ts'),
  },
  {
    name: 'cost',
    summary: 'estimate what an environment costs a month, from dated prices; needs no AWS',
    load: async () => await import('./cost.ts'),
  },
  {
    name: 'doctor',
    summary: 'check everything that this machine needs',
    load: async () => await import('./doctor.ts'),
  },
];
