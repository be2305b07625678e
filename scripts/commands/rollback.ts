import type { Command } from 'commander';
import { stackCommand } from '../output/command-line.ts';
import { paintFor } from '../output/paint.ts';
import { renderRollback } from '../output/proposal.ts';
import type { RollbackResult } from '../release/rollback.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface RollbackOptions extends TargetOptions {
  readonly to?: string;
  readonly yes?: true;
  readonly dryRun?: true;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--to <version>', 'release to go back to; the last good one before what runs when absent')
    .option('--yes', 'approved beforehand: ask nobody')
    .option('--dry-run', 'show what would change, and end')
    .action(async (environment: string, options: RollbackOptions) => {
      await start(options, async ({ terminal, progress, show }) => {
        const { rollback } = await import('../release/rollback.ts');
        const { openEnvironmentFlow } = await import('./session.ts');
        const flow = await openEnvironmentFlow(terminal, options, progress, environment);
        const result = await rollback(flow, environment, {
          ...(options.to === undefined ? {} : { to: options.to }),
          yes: options.yes === true,
          dryRun: options.dryRun === true,
          present: async (proposal) => await show(renderRollback(proposal, paintFor(terminal.stderr))),
        });
        return resultOf(result, options);
      });
    });
}

function resultOf(result: RollbackResult, { target }: RollbackOptions): Result {
  const { environment, url, release, before, changed, dryRun, seconds } = result;
  const { version, image, commit } = release;
  const did = dryRun
    ? `Nothing changed: ${environment} would go back to ${version}`
    : changed
      ? `${environment} runs ${version} again, verified`
      : `Nothing changed: ${environment} already runs ${version}`;
  return {
    json: {
      environment,
      target,
      url,
      release: { version, image, commit },
      before: before?.version ?? null,
      changed,
      dryRun,
      seconds,
    },
    summary: {
      did,
      seconds,
      lines: dryRun ? [] : [url],
      next: [
        dryRun
          ? { command: stackCommand(target, 'rollback', environment, '--to', version), purpose: 'do it' }
          : { command: stackCommand(target, 'history', environment), purpose: 'see what ran when' },
      ],
    },
  };
}
