import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { renderBackups } from '../output/backups-text.ts';
import { widthOf } from '../output/wrap.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import { nothingRuns } from '../release/nothing-runs.ts';
import type { Target } from '../release/target.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface BackupsOptions extends TargetOptions {
  readonly create?: true;
  readonly remove?: string;
  readonly yes?: true;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--create', 'make a snapshot now')
    .option('--remove <id>', 'delete a database that a restore has replaced or copied, or a snapshot made by hand')
    .option('--yes', 'skip the confirmation of --remove')
    .action(async (environment: string, options: BackupsOptions) => {
      await start(options, async ({ terminal, progress, paint }) => {
        const startedAt = systemClock.now();
        const { openEnvironmentFlow } = await import('./session.ts');
        const flow = await openEnvironmentFlow(terminal, options, progress, environment);
        const { target, signal } = flow;
        if (options.remove !== undefined) {
          const { removeBackup } = await import('../release/remove-backup.ts');
          await removeBackup(flow, environment, options.remove, options.yes === true);
          return removed(target, environment, options.remove, secondsSince(systemClock, startedAt));
        }
        const created =
          options.create === true
            ? await (await import('../release/remove-backup.ts')).createBackup(flow, environment)
            : undefined;
        signal.throwIfAborted();
        const report = await target.backups.report(environment);
        if (report === undefined) throw nothingRuns(target, environment, 'to restore');
        const seconds = secondsSince(systemClock, startedAt);
        const last = report.times.at(-1);
        return {
          json: { environment, target: target.kind, created: created ?? null, ...report, seconds },
          text: renderBackups(report, paint, widthOf(terminal.stdout)),
          summary: {
            did:
              last === undefined
                ? `${environment} has no backup yet`
                : `${environment} can be restored to any time from ${last.from} to ${last.to}`,
            ending: last === undefined ? 'attention' : 'done',
            seconds,
            next: [
              {
                command: stackCommand(target.kind, 'restore', environment, '--at', '<time>', '--dry-run'),
                purpose: 'see what a restore would do',
              },
            ],
          },
        };
      });
    });
}

function removed({ kind }: Pick<Target, 'kind'>, environment: string, id: string, seconds: number): Result {
  return {
    json: { environment, target: kind, removed: id, seconds },
    summary: { did: `Removed ${id} of ${environment}`, seconds },
  };
}
