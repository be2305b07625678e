import type { CostChange } from '../cost/difference.ts';
import type { PriceSource } from '../cost/prices.ts';
import type { Known } from '../release/known.ts';
import type { CostQuestion } from './cost-change.ts';
import type { PricesOption } from './options.ts';
import type { Terminal } from './session.ts';

/** The name of AWS's own list where a file could be named. */
const awsList = 'aws';

/**
 * Where `--prices` says that prices come from; `undefined` without it.
 * @param environment whose credentials AWS is asked with
 * @throws UserError `PRICES_INVALID` before anything is done
 */
export async function priceSource(
  { projectDirectory, variables }: Pick<Terminal, 'projectDirectory' | 'variables'>,
  environment: string,
  { prices }: PricesOption,
): Promise<PriceSource | undefined> {
  if (prices === undefined) return undefined;
  if (prices === awsList) {
    const { openPriceList } = await import('./select-target.ts');
    return openPriceList({ projectDirectory, variables, environment });
  }
  const { readOwnPrices } = await import('../cost/own-prices.ts');
  const own = await readOwnPrices(prices);
  return () => Promise.resolve({ prices: own });
}

/** Loads a checkout with its tools only where somebody gave prices; `undefined` without. */
export async function costChangeBy(
  prices: PriceSource | undefined,
  question: Omit<CostQuestion, 'prices'>,
): Promise<Known<CostChange> | undefined> {
  if (prices === undefined) return undefined;
  const { readCostChange } = await import('./cost-change.ts');
  return readCostChange({ ...question, prices });
}
