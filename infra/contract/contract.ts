import type { Settings } from '../settings/settings.ts';
import { ContractError, check } from './check.ts';
import { type ContractNumbers, deriveNumbers } from './numbers.ts';
import type { Check } from './rules/rule.ts';

/** The numbers that infrastructure and app must agree on. The app gets them as variables and derives none itself. */
export interface Contract extends ContractNumbers {
  /** What was checked and found: shown by `stack preview`. */
  readonly checks: readonly Check[];
}

/** Derives the contract and checks every rule of it. Throws one ContractError that lists all rules that are broken. */
export function deriveContract(settings: Settings): Contract {
  const numbers = deriveNumbers(settings);
  const checks = check(numbers, settings);
  if (checks.some(({ holds }) => !holds)) throw new ContractError(settings.environment, checks);
  return Object.freeze({ ...numbers, checks });
}
