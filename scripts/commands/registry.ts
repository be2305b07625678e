import type { RegisteredCommand } from './definition.ts';

/** All subcommands. Only the one that is called is loaded. */
export const registry: readonly RegisteredCommand[] = [
  {
    name: 'init',
    summary: 'write the manifest of an app by looking at its directory, or from AWS Copilot',
    load: async () => await import('./init.ts'),
  },
  {
    name: 'up',
    summary: 'build, migrate, roll out and verify the current source',
    load: async () => await import('./up.ts'),
  },
  {
    name: 'down',
    summary: 'remove an environment and its data',
    load: async () => await import('./down.ts'),
  },
  {
    name: 'prune',
    summary: 'remove the environments that were made to expire and have',
    load: async () => await import('./prune.ts'),
  },
  {
    name: 'preview',
    summary: 'show what up would create, and the numbers derived from the settings',
    load: async () => await import('./preview.ts'),
  },
  {
    name: 'verify',
    summary: 'check the running release: health, readiness, version, smoke test, error rate',
    load: async () => await import('./verify.ts'),
  },
  {
    name: 'promote',
    summary: 'deploy the release verified on one environment to another',
    load: async () => await import('./promote.ts'),
  },
  {
    name: 'rollback',
    summary: 'deploy an earlier release again',
    load: async () => await import('./rollback.ts'),
  },
  {
    name: 'environments',
    summary: 'list the environments and what each promotes from',
    load: async () => await import('./environments.ts'),
  },
  {
    name: 'secrets',
    summary: 'set the secrets of the app, and list which are set',
    load: async () => await import('./secrets.ts'),
  },
  {
    name: 'restart',
    summary: 'replace the tasks of the release that runs by new ones',
    load: async () => await import('./restart.ts'),
  },
  {
    name: 'backups',
    summary: 'list what the database can be restored to, make a snapshot, remove what a restore has kept',
    load: async () => await import('./backups.ts'),
  },
  {
    name: 'restore',
    summary: 'restore the database to a time or from a snapshot, and keep the former one',
    load: async () => await import('./restore.ts'),
  },
  {
    name: 'freeze',
    summary: 'stop every change of an environment, and say why',
    load: async () => await import('./freeze.ts'),
  },
  {
    name: 'unfreeze',
    summary: 'end the freeze of an environment',
    load: async () => await import('./unfreeze.ts'),
  },
  {
    name: 'maintenance',
    summary: 'let the load balancer answer with a page instead of the app, and end it',
    load: async () => await import('./maintenance.ts'),
  },
  {
    name: 'status',
    summary: 'show on one screen what runs, how healthy it is, and what may be done',
    load: async () => await import('./status.ts'),
  },
  {
    name: 'alarms',
    summary: 'list the alarms of an environment; on this machine, switch them on and off',
    load: async () => await import('./alarms.ts'),
  },
  {
    name: 'history',
    summary: 'list releases: what ran when, by whom, from which commit',
    load: async () => await import('./history.ts'),
  },
  {
    name: 'evidence',
    summary: 'sign what is known of a release: what was verified where, by whom, and who approved it',
    load: async () => await import('./evidence.ts'),
  },
  {
    name: 'logs',
    summary: 'show the log lines of the tasks',
    load: async () => await import('./logs.ts'),
  },
  {
    name: 'exec',
    summary: 'open a shell or run a program in a running task',
    runsProgram: true,
    load: async () => await import('./exec.ts'),
  },
  {
    name: 'run',
    summary: 'run a program once, in a task of its own, and end with its exit code',
    runsProgram: true,
    load: async () => await import('./run.ts'),
  },
  {
    name: 'connect',
    summary: 'open psql on the private database, read-only unless --write',
    runsProgram: true,
    load: async () => await import('./connect.ts'),
  },
  {
    name: 'forward',
    summary: 'let a port of this machine lead to one of a running task',
    load: async () => await import('./forward.ts'),
  },
  {
    name: 'scale',
    summary: 'set how many tasks of a process run, for now',
    load: async () => await import('./scale.ts'),
  },
  {
    name: 'incident',
    summary: 'collect in one folder what somebody needs who was not there',
    load: async () => await import('./incident.ts'),
  },
  {
    name: 'dashboard',
    summary: 'open a page on this machine: tasks, releases, figures, alarms and errors, live',
    load: async () => await import('./dashboard.ts'),
  },
  {
    name: 'drift',
    summary: 'detect changes made by hand',
    load: async () => await import('./drift.ts'),
  },
  {
    name: 'drill',
    summary: 'break something on purpose, on this machine and under load, and check what is promised',
    load: async () => await import('./drill.ts'),
  },
  {
    name: 'graph',
    summary: 'draw the architecture as SVG, or export it for scanners',
    load: async () => await import('./graph.ts'),
  },
  {
    name: 'cost',
    summary: 'list what is billed on AWS in a month, and with your prices, how much',
    load: async () => await import('./cost.ts'),
  },
  {
    name: 'doctor',
    summary: 'check that this machine has what a release needs',
    load: async () => await import('./doctor.ts'),
  },
  {
    name: 'completion',
    summary: 'print a script that completes commands and options in your shell',
    load: async () => await import('./completion.ts'),
  },
];
