import type { Graph } from '../../infra/graph/record.ts';
import type { BilledItem } from './billed-item.ts';
import { billedItems } from './items.ts';
import { type OwnPrices, type PriceKey, priceOf, sourceOf } from './prices.ts';

export interface CostLine {
  readonly component: string;
  readonly what: string;
  /** Absent: not priced. */
  readonly monthly?: { readonly least: number; readonly most: number };
  readonly key: PriceKey;
  readonly source?: string;
}

export interface Estimate {
  readonly region: string;
  readonly lines: readonly CostLine[];
  /** Of what is priced. */
  readonly total: { readonly least: number; readonly most: number };
  /** What no price is known for, once each. */
  readonly notPriced: readonly PriceKey[];
}

/** What the resources of a graph would be billed with in a month, by list prices. */
export function estimateCost(graph: Graph, region: string, own: OwnPrices = {}): Estimate {
  const lines = billedItems(graph).map((item) => lineOf(item, region, own));
  const priced = lines.flatMap(({ monthly }) => monthly ?? []);
  return {
    region,
    lines,
    total: {
      least: cents(priced.reduce((sum, { least }) => sum + least, 0)),
      most: cents(priced.reduce((sum, { most }) => sum + most, 0)),
    },
    notPriced: [...new Set(lines.filter(({ monthly }) => monthly === undefined).map(({ key }) => key))],
  };
}

function lineOf({ component, what, key, quantity }: BilledItem, region: string, own: OwnPrices): CostLine {
  const price = priceOf(key, region, own);
  const source = sourceOf(key, region, own);
  if (price === undefined || source === undefined) return { component, what, key };
  const monthly = { least: cents(quantity.least * price), most: cents(quantity.most * price) };
  return { component, what, key, monthly, source };
}

function cents(usd: number): number {
  return Math.round(usd * 100) / 100;
}
