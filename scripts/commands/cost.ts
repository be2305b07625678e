import type { Command } from 'commander';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption } from './options.ts';
import type { CommonOptions } from './session.ts';

interface CostOptions extends CommonOptions {
  readonly prices?: string;
}

export function define(command: Command, start: Start): void {
  jsonOption(environmentArgument(command))
    .option(
      '--prices <file>',
      "JSON file of prices in USD by the keys that are listed, as you read them in AWS's price list",
    )
    .action(async (environment: string, options: CostOptions) => {
      await start(options, async ({ terminal, progress, paint }): Promise<Result> => {
        const startedAt = systemClock.now();
        const { assertEnvironment } = await import('../program/environments.ts');
        const { evaluate } = await import('../../infra/graph/evaluate.ts');
        const { estimateCost } = await import('../cost/estimate.ts');
        const { readOwnPrices } = await import('../cost/own-prices.ts');
        const { assumedUsage, leftOut } = await import('../cost/usage.ts');
        const { renderCost, summarizeCost } = await import('../output/cost-text.ts');
        const { readSettingValues } = await import('./settings.ts');
        const { projectDirectory } = terminal;
        await assertEnvironment(projectDirectory, environment);
        const own = options.prices === undefined ? {} : await readOwnPrices(options.prices);
        progress.step(`Evaluate the program for ${environment}`);
        const graph = await evaluate(environment, { projectDirectory });
        const region = readSettingValues(projectDirectory, environment)['aws:region'] ?? '';
        const estimate = estimateCost(graph, region, own);
        const seconds = secondsSince(systemClock, startedAt);
        return {
          json: { environment, currency: 'USD', ...estimate, assumed: assumedUsage, leftOut, seconds },
          text: renderCost(estimate, paint),
          summary: {
            did: `What ${environment} costs is ${summarizeCost(estimate)}`,
            ending: estimate.notPriced.length === 0 ? 'done' : 'attention',
            seconds,
          },
        };
      });
    });
}
