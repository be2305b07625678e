import type { Settings } from '../../settings/settings.ts';
import type { ContractNumbers } from '../numbers.ts';

/** One rule that the numbers must keep, and whether they do. */
export interface Check {
  /** Stable name, such as C5. */
  readonly id: string;
  readonly rule: string;
  /** Why the rule is there, and where that is written. */
  readonly source: string;
  readonly holds: boolean;
  /** The numbers that were compared. */
  readonly found: string;
  /** Which settings to change when it does not hold. */
  readonly remedy: string;
}

/** A check before it is made. */
export interface Rule extends Pick<Check, 'id' | 'rule' | 'source' | 'remedy'> {
  test(numbers: ContractNumbers, settings: Settings): readonly [holds: boolean, found: string];
}
