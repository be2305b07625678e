import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { didYouMean } from '../../infra/settings/did-you-mean.ts';
import { UserError } from '../messages/user-error.ts';
import { billedUnits, isPriceKey, type Prices } from './prices.ts';

const file = z.record(z.string(), z.number().nonnegative());

/** Prices from a file such as `{"alb.hour": 0.02}`, in USD, as somebody has read them in AWS's own list. */
export async function readOwnPrices(path: string): Promise<Prices> {
  const parsed = file.safeParse(await readJson(path));
  if (!parsed.success) throw notPrices(path, 'it is not an object of numbers');
  for (const key of Object.keys(parsed.data)) {
    if (isPriceKey(key)) continue;
    const nearest = didYouMean(key, Object.keys(billedUnits));
    throw notPrices(
      path,
      `${key} is nothing that is billed${nearest === undefined ? '' : `: did you mean ${nearest}?`}`,
    );
  }
  return parsed.data;
}

async function readJson(path: string): Promise<unknown> {
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    return parsed;
  } catch (error) {
    throw notPrices(path, error instanceof Error ? error.message : String(error));
  }
}

function notPrices(path: string, why: string): UserError {
  return new UserError({
    code: 'PRICES_INVALID',
    message: `${path} has no prices: ${why}.`,
    rule: 'Prices are in USD, by the keys that `stack cost --json` prints.',
  });
}
