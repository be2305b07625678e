import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command))).action(async (environment: string, options: TargetOptions) => {
    await start(options, async ({ terminal, progress, paint }) => {
      const startedAt = systemClock.now();
      const { preview } = await import('./preview-source.ts');
      const { renderPreview } = await import('../output/preview-text.ts');
      const { openEnvironmentTarget } = await import('./session.ts');
      const { projectDirectory } = terminal;
      const target = await openEnvironmentTarget(terminal, options, environment);
      progress.step(`Evaluate the program for ${environment}`);
      const document = await preview(projectDirectory, environment, target);
      const seconds = secondsSince(systemClock, startedAt);
      const { resources, components } = document.counts;
      return {
        json: { environment, target: options.target, ...document, seconds },
        text: renderPreview(document, paint),
        summary: {
          did: `${environment} declares ${resources} resources in ${components} components; nothing was changed`,
          seconds,
          next: [{ command: stackCommand(options.target, 'up', environment), purpose: 'bring it up' }],
        },
      };
    });
  });
}
