import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import { verified } from '../messages/verified.ts';
import { paintFor } from '../output/paint.ts';
import { renderRestore } from '../output/restore-text.ts';
import type { RestoreResult } from '../release/restore-database.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface RestoreOptions extends TargetOptions {
  readonly at?: string;
  readonly snapshot?: string;
  readonly into?: string;
  readonly copy?: true;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly acceptUnknownMigrations?: true;
  readonly acceptUnread?: string;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--at <time>', 'the state at this time: 2026-12-24T12:00:00Z, or 10m for ten minutes ago')
    .option('--snapshot <id>', 'the state of a snapshot that `stack backups` lists')
    .option('--into <environment>', 'the environment that gets the database (default: the same)')
    .option('--copy', 'restore beside the database that serves, and leave that in its place')
    .option('--yes', 'skip the confirmation')
    .option('--dry-run', 'show what would happen and exit')
    .option('--accept-unknown-migrations', 'restore although nobody knows whether the release fits the schema')
    .option('--accept-unread <reason>', 'let a database serve that could not be read back, and say why')
    .action(async (environment: string, options: RestoreOptions) => {
      await start(options, async ({ terminal, progress, show }) => {
        const { parseMoment } = await import('../messages/moment.ts');
        const { restoreDatabase } = await import('../release/restore-database.ts');
        const { openEnvironmentFlow } = await import('./session.ts');
        const { systemClock } = await import('../release/clock.ts');
        assertOnePoint(options);
        const { assertEnvironment } = await import('../program/environments.ts');
        await assertEnvironment(terminal.projectDirectory, environment);
        const into = options.into ?? environment;
        const flow = await openEnvironmentFlow(terminal, options, progress, into);
        const result = await restoreDatabase(flow, {
          from: environment,
          into,
          at: options.at === undefined ? undefined : parseMoment(options.at, systemClock.now()),
          snapshot: options.snapshot,
          copy: options.copy === true,
          dryRun: options.dryRun === true,
          yes: options.yes === true,
          acceptUnknownMigrations: options.acceptUnknownMigrations === true,
          acceptUnread: options.acceptUnread,
          present: async (proposal) => await show(renderRestore(proposal, paintFor(terminal.stderr))),
        });
        return resultOf(result, options);
      });
    });
}

function assertOnePoint({ at, snapshot }: RestoreOptions): void {
  if ((at === undefined) !== (snapshot === undefined)) return;
  throw new UserError({
    code: 'USAGE',
    message: 'restore needs either --at <time> or --snapshot <id>.',
    remedy: '`npm run stack -- restore --help` lists its options.',
  });
}

function resultOf(result: RestoreResult, { target }: RestoreOptions): Result {
  const { request, restored, kept, schema, release, switched, switchSeconds, unverified, dryRun, seconds } = result;
  const { from, into, at } = request;
  const of = `the database of ${from} as it was at ${at}`;
  const did = dryRun
    ? `Nothing changed: ${into} would get ${of}`
    : switched
      ? `${into} serves ${of}; ${release.version} ${verified(unverified)}`
      : `Restored ${of} beside the one that serves, as ${restored?.id}`;
  return {
    json: {
      environment: into,
      target,
      ...request,
      restored: restored ?? null,
      kept: kept ?? null,
      switched,
      migrationsToRun: schema.toRun.map(({ name }) => name),
      schemaUnknown: schema.unknown ?? null,
      release: release.version,
      switchSeconds: switchSeconds ?? null,
      unverified: unverified ?? null,
      dryRun,
      seconds,
    },
    summary: {
      did,
      seconds,
      lines: kept === undefined ? [] : [`The former database is kept as ${kept}, until you remove it.`],
      next: [
        dryRun
          ? { command: stackCommand(target, 'restore', from, '--at', at), purpose: 'restore' }
          : kept === undefined
            ? { command: stackCommand(target, 'backups', into), purpose: 'list what is kept' }
            : {
                command: stackCommand(target, 'backups', into, '--remove', kept),
                purpose: 'remove the former database',
              },
      ],
    },
  };
}
