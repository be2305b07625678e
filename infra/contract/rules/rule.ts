import type { Settings } from '../../settings/settings.ts';
import type { ContractNumbers } from '../numbers.ts';

/** A rule of the contract, and whether the numbers satisfy it. */
export interface Check {
  /** Stable name, such as C5. */
  readonly id: string;
  readonly rule: string;
  /** Reason for the rule, with its source. */
  readonly source: string;
  readonly holds: boolean;
  /** The values that were compared. */
  readonly found: string;
  /** Which settings to change if it does not hold. */
  readonly remedy: string;
}

/** A rule that has not been evaluated yet. */
export interface Rule extends Pick<Check, 'id' | 'rule' | 'source' | 'remedy'> {
  test(numbers: ContractNumbers, settings: Settings): readonly [holds: boolean, found: string];
}
