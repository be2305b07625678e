import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(command))
    .argument('<environment>', 'environment, as in Pulumi.<environment>.yaml')
    .action(async (environment: string, options: TargetOptions) => {
      await start(options, async ({ terminal }) => {
        const startedAt = systemClock.now();
        const { describeStart, unfreeze } = await import('../release/freeze.ts');
        const { openEnvironmentTarget, whoRuns } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const ended = await unfreeze({ target, clock: systemClock, by: whoRuns(terminal) }, environment);
        const seconds = secondsSince(systemClock, startedAt);
        return {
          json: { environment, target: options.target, ended: ended ?? null, seconds },
          summary: {
            did: ended === undefined ? `${environment} was not frozen` : `Unfroze ${environment}`,
            ending: ended === undefined ? 'nothing' : 'done',
            seconds,
            lines: ended === undefined ? [] : [`It had been frozen ${describeStart(ended)}.`],
            next: [{ command: stackCommand(options.target, 'history', environment), purpose: 'list what ran when' }],
          },
        };
      });
    });
}
