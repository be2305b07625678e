import type { CostLine, Estimate, Span } from './estimate.ts';
import type { PriceKey } from './prices.ts';

/** What a month costs more or less than another, of what both are billed for. */
export interface CostDifference {
  /** In USD, of what is priced: negative is less. */
  readonly monthly: Span;
  /** What there is more of, and no price for: with it, the difference is larger. */
  readonly moreNotPriced: readonly PriceKey[];
  /** What there is less of, and no price for: with it, the difference is smaller. */
  readonly lessNotPriced: readonly PriceKey[];
  /** Whether anything that has a price is billed in another quantity. */
  readonly pricedDiffers: boolean;
}

/** What an environment will cost more or less a month than what runs there. */
export interface CostChange extends CostDifference {
  /** Version that runs; absent: nothing does, and the difference is all of it. */
  readonly since?: string;
}

/** Both by the same prices. What is billed alike in both needs no price. */
export function compareCosts(before: Estimate, after: Estimate): CostDifference {
  const keys = [...new Set([...before.lines, ...after.lines].map(({ key }) => key))];
  const changes = keys
    .map((key) => ({ key, ...changeOf(linesOf(before, key), linesOf(after, key)) }))
    .filter(({ quantity: { least, most } }) => least !== 0 || most !== 0);
  const priced = changes.flatMap(({ monthly }) => monthly ?? []);
  const notPriced = changes.filter(({ monthly }) => monthly === undefined);
  const keysOf = (wanted: (span: Span) => boolean) =>
    notPriced.filter(({ quantity }) => wanted(quantity)).map(({ key }) => key);
  return {
    monthly: { least: sum(priced, ({ least }) => least), most: sum(priced, ({ most }) => most) },
    moreNotPriced: keysOf(({ least, most }) => least > 0 || most > 0),
    lessNotPriced: keysOf(({ least, most }) => least < 0 || most < 0),
    pricedDiffers: priced.length > 0,
  };
}

interface Change {
  readonly quantity: Span;
  /** Absent: one side has no price. */
  readonly monthly?: Span;
}

function changeOf(before: readonly CostLine[], after: readonly CostLine[]): Change {
  const quantities = ({ quantity }: CostLine): Span => quantity;
  const quantity = minus(total(after, quantities), total(before, quantities));
  const lines = [...before, ...after];
  if (lines.some(({ monthly }) => monthly === undefined)) return { quantity };
  const prices = ({ monthly }: CostLine): Span => monthly ?? { least: 0, most: 0 };
  return { quantity, monthly: minus(total(after, prices), total(before, prices)) };
}

function linesOf({ lines }: Estimate, key: PriceKey): readonly CostLine[] {
  return lines.filter((line) => line.key === key);
}

function total(lines: readonly CostLine[], of: (line: CostLine) => Span): Span {
  const spans = lines.map(of);
  return { least: sum(spans, ({ least }) => least), most: sum(spans, ({ most }) => most) };
}

function minus(one: Span, other: Span): Span {
  return { least: toCents(one.least - other.least), most: toCents(one.most - other.most) };
}

function sum(spans: readonly Span[], of: (span: Span) => number): number {
  return toCents(spans.reduce((amount, span) => amount + of(span), 0));
}

function toCents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
