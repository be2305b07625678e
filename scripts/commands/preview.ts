import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { widthOf } from '../output/wrap.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { changePricesOption, environmentArgument, jsonOption, type PricesOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface PreviewOptions extends TargetOptions, PricesOption {
  readonly full?: true;
}

export function define(command: Command, start: Start): void {
  changePricesOption(jsonOption(targetOption(environmentArgument(command))))
    .option('--full', 'list every resource, number, rule and change')
    .action(async (environment: string, options: PreviewOptions) => {
      await start(options, async ({ terminal, progress, paint }) => {
        const startedAt = systemClock.now();
        const { preview } = await import('./preview-source.ts');
        const { renderPreview, renderPreviewSummary } = await import('../output/preview-text.ts');
        const { priceSource } = await import('./price-source.ts');
        const { openEnvironmentTarget } = await import('./session.ts');
        const { projectDirectory } = terminal;
        const target = await openEnvironmentTarget(terminal, options, environment);
        progress.step(`Evaluate the program for ${environment}`);
        const document = await preview(projectDirectory, environment, target, {
          progress,
          prices: await priceSource(terminal, environment, options),
        });
        const seconds = secondsSince(systemClock, startedAt);
        const { resources, components } = document.counts;
        return {
          json: { environment, target: options.target, ...document, seconds },
          text:
            options.full === true
              ? renderPreview(document, paint, widthOf(terminal.stdout))
              : renderPreviewSummary(document, paint, widthOf(terminal.stdout)),
          summary: {
            did: `${environment} declares ${resources} resources in ${components} components; nothing was changed`,
            seconds,
            lines: document.missingSecrets.map(
              (name) =>
                `up will refuse: the secret ${name} is not set. ${stackCommand(options.target, 'secrets', 'set', name, environment)}`,
            ),
            next: [
              ...(options.full === true
                ? []
                : [
                    {
                      command: stackCommand(options.target, 'preview', environment, '--full'),
                      purpose: 'list all of it',
                    },
                  ]),
              { command: stackCommand(options.target, 'up', environment), purpose: 'deploy it' },
            ],
          },
        };
      });
    });
}
