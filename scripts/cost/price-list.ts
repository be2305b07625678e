import { GetProductsCommand, PricingClient, type PricingClientConfig } from '@aws-sdk/client-pricing';
import { z } from 'zod';
import { UserError } from '../messages/user-error.ts';
import { type Offer, offers } from './offers.ts';
import type { ListedPrices, PriceKey } from './prices.ts';

/** The list is served from a few Regions for all: https://docs.aws.amazon.com/general/latest/gr/billing.html */
const servedFrom = 'us-east-1';
const servedFromInChina = 'cn-northwest-1';
/** All questions together. A command that is asked what something costs may take as long as that, and no longer. */
const longestMs = 20_000;
const atOnce = 4;
/** Of a hundred products each. What has more than that was searched by too little. */
const mostPages = 5;

const dimension = z.object({
  unit: z.string(),
  beginRange: z.string(),
  pricePerUnit: z.record(z.string(), z.string()),
});
const product = z.object({
  product: z.object({ attributes: z.record(z.string(), z.string()) }),
  publicationDate: z.string(),
  terms: z.object({
    OnDemand: z.record(z.string(), z.object({ priceDimensions: z.record(z.string(), dimension) })).optional(),
  }),
});
type Product = z.output<typeof product>;

/**
 * Asks the Price List query API for what is billed by these keys. A price counts only if exactly one product has the usage
 * type, with one price on demand in a unit that is known: an ambiguous or a changed answer leaves the key without a price,
 * and never gives it another one's. Needs `pricing:GetProducts`; rejects as the SDK does, or when time is up.
 *
 * @param region whose prices they are
 */
export async function readPriceList(
  config: Pick<PricingClientConfig, 'credentials' | 'endpoint' | 'requestHandler'>,
  region: string,
  keys: ReadonlySet<PriceKey>,
  deadlineMs = longestMs,
): Promise<ListedPrices> {
  const client = new PricingClient({
    ...config,
    region: region.startsWith('cn-') ? servedFromInChina : servedFrom,
    maxAttempts: 3,
  });
  const abortSignal = AbortSignal.timeout(deadlineMs);
  const asked = offers.filter(({ key }) => keys.has(key));
  const found: { key: PriceKey; price: number; published: string }[] = [];
  const waiting = [...asked];
  const work = async () => {
    for (let offer = waiting.shift(); offer !== undefined; offer = waiting.shift()) {
      const priced = priceIn(offer, await productsOf(client, offer, region, abortSignal), region);
      if (priced !== undefined) found.push({ key: offer.key, ...priced });
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } catch (error) {
    throw abortSignal.aborted ? tooSlow(deadlineMs) : error;
  } finally {
    client.destroy();
  }
  const [published] = found.map((one) => one.published).toSorted();
  return {
    prices: Object.fromEntries(found.map(({ key, price }) => [key, price])),
    ...(published === undefined ? {} : { published }),
  };
}

function tooSlow(deadlineMs: number): UserError {
  return new UserError({
    code: 'PRICE_LIST_SLOW',
    message: `AWS's price list did not answer within ${deadlineMs / 1000} s.`,
    remedy: 'Run the command again, or give the prices as a file.',
  });
}

async function productsOf(
  client: PricingClient,
  { serviceCode, filters }: Offer,
  region: string,
  abortSignal: AbortSignal,
): Promise<readonly Product[]> {
  const Filters = Object.entries({ ...filters, regionCode: region }).map(([Field, Value]) => ({
    Type: 'TERM_MATCH' as const,
    Field,
    Value,
  }));
  const found: Product[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await client.send(
      new GetProductsCommand({ ServiceCode: serviceCode, Filters, FormatVersion: 'aws_v1', NextToken }),
      { abortSignal },
    );
    for (const item of answer.PriceList ?? []) {
      const parsed = product.safeParse(JSON.parse(String(item)));
      if (parsed.success) found.push(parsed.data);
    }
    NextToken = answer.NextToken;
    if (NextToken === undefined || NextToken === '') return found;
  }
  return [];
}

/** The first tier's price of the only product with that usage type; `undefined` if it is not certain. */
function priceIn(
  { usageType, units, factor = 1 }: Offer,
  products: readonly Product[],
  region: string,
): { readonly price: number; readonly published: string } | undefined {
  const [only, ...others] = products.filter(({ product: { attributes } }) => isUsage(attributes, usageType, region));
  if (only === undefined || others.length > 0) return undefined;
  const [terms, ...furtherTerms] = Object.values(only.terms.OnDemand ?? {});
  if (terms === undefined || furtherTerms.length > 0) return undefined;
  const first = Object.values(terms.priceDimensions).filter(({ beginRange }) => Number(beginRange) === 0);
  const [tier] = first;
  if (tier === undefined || first.length > 1 || !units.includes(tier.unit.toLowerCase())) return undefined;
  // Prices of China are in yuan, and a first tier that is free is no price of what follows.
  const price = Number(tier.pricePerUnit['USD']);
  if (!Number.isFinite(price) || price <= 0 || region.startsWith('cn-')) return undefined;
  return { price: price * factor, published: only.publicationDate };
}

/** `EUC1-LoadBalancerUsage`, `eu-central-1-KMS-Keys`, or without a prefix in us-east-1. */
function isUsage({ usagetype = '' }: Readonly<Record<string, string>>, wanted: string, region: string): boolean {
  if (usagetype === wanted) return true;
  if (!usagetype.endsWith(`-${wanted}`)) return false;
  const prefix = usagetype.slice(0, -wanted.length - 1);
  return prefix === region || /^[A-Z]{2,4}\d?$/.test(prefix);
}
