import type { Graph } from '../../infra/graph/record.ts';
import type { BilledItem } from './billed-item.ts';
import { billedItems } from './items.ts';
import { billedUnits, type PriceKey, type Prices } from './prices.ts';

/** From the smallest number that runs to the largest that settings allow. */
export interface Span {
  readonly least: number;
  readonly most: number;
}

export interface CostLine {
  readonly component: string;
  readonly what: string;
  readonly key: PriceKey;
  readonly unit: string;
  /** Units in a month. */
  readonly quantity: Span;
  /** In USD; absent: no price was given. */
  readonly monthly?: Span;
}

export interface Estimate {
  readonly region: string;
  readonly lines: readonly CostLine[];
  /** In USD, of what is priced; absent: nothing is. It is a lower bound while `notPriced` has anything. */
  readonly total?: Span;
  /** What no price was given for, once each. */
  readonly notPriced: readonly PriceKey[];
}

/** What the resources of a graph are billed by in a month, and with prices, how much. */
export function estimateCost(graph: Graph, region: string, prices: Prices = {}): Estimate {
  const lines = billedItems(graph).map((item) => lineOf(item, prices));
  const priced = lines.flatMap(({ monthly }) => monthly ?? []);
  const sum = (of: (span: Span) => number) => rounded(priced.reduce((total, span) => total + of(span), 0));
  return {
    region,
    lines,
    ...(priced.length === 0 ? {} : { total: { least: sum(({ least }) => least), most: sum(({ most }) => most) } }),
    notPriced: [...new Set(lines.filter(({ monthly }) => monthly === undefined).map(({ key }) => key))],
  };
}

function lineOf({ component, what, key, quantity }: BilledItem, prices: Prices): CostLine {
  const price = prices[key];
  const line = {
    component,
    what,
    key,
    unit: billedUnits[key],
    quantity: { least: rounded(quantity.least), most: rounded(quantity.most) },
  };
  if (price === undefined) return line;
  return { ...line, monthly: { least: rounded(quantity.least * price), most: rounded(quantity.most * price) } };
}

function rounded(amount: number): number {
  return Math.round(amount * 100) / 100;
}
