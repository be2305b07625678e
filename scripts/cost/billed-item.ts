import type { PriceKey } from './prices.ts';

/** Something on the bill: so much of it at least, so much at most. */
export interface BilledItem {
  /** Component of the program that it belongs to. */
  readonly component: string;
  readonly what: string;
  readonly key: PriceKey;
  readonly quantity: { readonly least: number; readonly most: number };
}
