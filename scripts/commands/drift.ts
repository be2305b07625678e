import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command))).action(async (environment: string, options: TargetOptions) => {
    await start(options, async ({ terminal, progress }) => {
      const { findDrift } = await import('../release/drift.ts');
      const { openEnvironmentTarget } = await import('./session.ts');
      const target = await openEnvironmentTarget(terminal, options, environment);
      const { drift, seconds } = await findDrift({ target, clock: systemClock, progress }, environment);
      const found = drift.length === 1 ? '1 difference' : `${drift.length} differences`;
      return {
        json: { environment, target: options.target, drift, seconds },
        summary: {
          did: drift.length === 0 ? `${environment} matches its last update` : `${environment} drifted: ${found}`,
          ending: drift.length === 0 ? 'done' : 'found',
          seconds,
          lines: drift,
          next:
            drift.length === 0
              ? []
              : [
                  {
                    command: stackCommand(options.target, 'up', environment),
                    purpose: 'restore what the program says',
                  },
                ],
        },
      };
    });
  });
}
