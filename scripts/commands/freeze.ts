import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(command))
    .argument('<environment>', 'environment, as in Pulumi.<environment>.yaml')
    .argument('<reason>', 'why, for whoever is stopped by it')
    .action(async (environment: string, reason: string, options: TargetOptions) => {
      await start(options, async ({ terminal }) => {
        const startedAt = systemClock.now();
        const { freeze } = await import('../release/freeze.ts');
        const { openEnvironmentTarget, whoRuns } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const frozen = await freeze({ target, clock: systemClock, by: whoRuns(terminal) }, environment, reason);
        const seconds = secondsSince(systemClock, startedAt);
        return {
          json: { environment, target: options.target, frozen, seconds },
          summary: {
            did: `Froze ${environment}: no command changes it until it is unfrozen`,
            seconds,
            next: [
              { command: stackCommand(options.target, 'unfreeze', environment), purpose: 'end the freeze' },
              {
                command: stackCommand(options.target, 'rollback', environment, '--even-frozen'),
                purpose: 'roll back in spite of it',
              },
            ],
          },
        };
      });
    });
}
