import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { didYouMean } from '../../infra/settings/did-you-mean.ts';
import { UserError } from '../messages/user-error.ts';
import { isPriceKey, type OwnPrices, priceTable } from './prices.ts';

const file = z.record(z.string(), z.number().nonnegative());

/** Prices from a file of `{"rds.db.t4g.medium.hour": 0.074}`, for who can read AWS's own list. */
export async function readOwnPrices(path: string): Promise<OwnPrices> {
  const parsed = file.safeParse(await readJson(path));
  if (!parsed.success) throw notPrices(path, 'it is not an object of numbers');
  for (const key of Object.keys(parsed.data)) {
    if (isPriceKey(key)) continue;
    const nearest = didYouMean(key, Object.keys(priceTable));
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
