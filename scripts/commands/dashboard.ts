import { once } from 'node:events';
import { join } from 'node:path';
import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import { known } from '../release/known.ts';
import type { Progress, Target } from '../release/target.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command))).action(async (environment: string, options: TargetOptions) => {
    await start(options, async ({ terminal, progress }) => {
      const startedAt = systemClock.now();
      const { openEnvironmentTarget } = await import('./session.ts');
      const target = await openEnvironmentTarget(terminal, options, environment);
      const { signal, stdout, stderr, projectDirectory } = terminal;
      if (target.kind === 'local') await collectFigures(target, environment, progress, signal);
      const dashboard = await target.dashboard(environment);
      const next = [{ command: stackCommand(target.kind, 'status', environment), purpose: 'see what runs' }];
      if ('address' in dashboard) {
        const seconds = secondsSince(systemClock, startedAt);
        const { address } = dashboard;
        return {
          json: { environment, target: target.kind, address, seconds },
          summary: { did: `The dashboard of ${environment} is in CloudWatch`, seconds, lines: [address], next },
        };
      }
      const { openSources } = await import('../dashboard/sources.ts');
      const { serveDashboard } = await import('../dashboard/server.ts');
      const sources = await openSources({ target, clock: systemClock, signal, ...dashboard }, environment);
      const served = await serveDashboard(sources, join(projectDirectory, 'docs', 'runbooks'));
      await progress.settle('done');
      const { address } = served;
      const result = { environment, target: target.kind, address };
      // While it runs, so that a program can open it.
      if (options.json === true) stdout.write(`${JSON.stringify(result)}\n`);
      stderr.write(`The dashboard of ${environment} is at ${address}, on this machine alone. Ctrl-C ends.\n`);
      try {
        if (!signal.aborted) await once(signal, 'abort');
      } finally {
        await served.close();
      }
      const seconds = secondsSince(systemClock, startedAt);
      return {
        json: result,
        printed: true,
        summary: { did: `The dashboard of ${environment} was at ${address}`, seconds, next },
      };
    });
  });
}

/** Starts the environment's Prometheus, unless it runs: from then on it has figures, whether or not the page is open. */
async function collectFigures(
  target: Target,
  environment: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { operations } = target;
  const running = await known(() => operations.listAlarms(environment));
  if ('value' in running && running.value !== undefined) return;
  const { withLock } = await import('../release/lock.ts');
  await withLock(target, environment, 'dashboard', () => operations.switchAlarms(environment, true, progress, signal));
}
