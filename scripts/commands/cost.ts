import type { Command } from 'commander';
import { widthOf } from '../output/wrap.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, type PricesOption, pricesOption } from './options.ts';
import type { CommonOptions } from './session.ts';

interface CostOptions extends CommonOptions, PricesOption {}

export function define(command: Command, start: Start): void {
  pricesOption(jsonOption(environmentArgument(command))).action(async (environment: string, options: CostOptions) => {
    await start(options, async ({ terminal, progress, paint }): Promise<Result> => {
      const startedAt = systemClock.now();
      const { assertEnvironment } = await import('../program/environments.ts');
      const { evaluate } = await import('../../infra/graph/evaluate.ts');
      const { estimateCost } = await import('../cost/estimate.ts');
      const { billedKeys } = await import('../cost/items.ts');
      const { known } = await import('../release/known.ts');
      const { priceSource } = await import('./price-source.ts');
      const { assumedUsage, leftOut } = await import('../cost/usage.ts');
      const { renderCost, summarizeCost } = await import('../output/cost-text.ts');
      const { readSettingValues } = await import('./settings.ts');
      const { projectDirectory } = terminal;
      await assertEnvironment(projectDirectory, environment);
      const source = await priceSource(terminal, environment, options);
      progress.step(`Evaluate the program for ${environment}`);
      const graph = await evaluate(environment, { projectDirectory });
      const region = readSettingValues(projectDirectory, environment)['aws:region'] ?? '';
      if (options.prices === 'aws') progress.step(`Ask AWS's price list for ${region}`);
      const listed = await known(async () => source?.(region, billedKeys(graph)));
      const { prices, published } = 'value' in listed ? (listed.value ?? {}) : {};
      const estimate = estimateCost(graph, region, prices);
      const unread = 'unknown' in listed ? listed.unknown : undefined;
      const seconds = secondsSince(systemClock, startedAt);
      return {
        json: {
          ...{ environment, currency: 'USD', ...estimate, assumed: assumedUsage, leftOut },
          ...{ published: published ?? null, pricesUnknown: unread ?? null, seconds },
        },
        text: renderCost(estimate, paint, widthOf(terminal.stdout)),
        summary: {
          did: `What ${environment} costs is ${summarizeCost(estimate)}`,
          ending: estimate.notPriced.length === 0 ? 'done' : 'attention',
          seconds,
          lines: [
            ...(published === undefined ? [] : [`Prices on demand from AWS's price list, published ${published}.`]),
            ...(unread === undefined ? [] : [`AWS's price list was not read, so there is no total: ${unread}`]),
          ],
        },
      };
    });
  });
}
