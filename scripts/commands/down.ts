import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface DownOptions extends TargetOptions {
  readonly yes?: true;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--yes', 'skip the confirmation (on target aws all data is deleted)')
    .action(async (environment: string, options: DownOptions) => {
      await start(options, async ({ terminal, progress }) => {
        const { down } = await import('../release/down.ts');
        const { openEnvironmentFlow } = await import('./session.ts');
        const flow = await openEnvironmentFlow(terminal, options, progress, environment);
        const { changed, seconds } = await down(flow, environment, { yes: options.yes === true });
        const { target } = options;
        return {
          json: { environment, target, changed, seconds },
          summary: {
            did: changed
              ? `Removed ${environment} from target ${target}`
              : `Nothing of ${environment} was there to remove`,
            ending: changed ? 'done' : 'nothing',
            seconds,
            next: [
              {
                command: stackCommand(target, 'up', environment),
                purpose: 'deploy it again',
              },
            ],
          },
        };
      });
    });
}
