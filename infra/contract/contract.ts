import type { App, Process } from '../manifest/app.ts';
import type { Settings } from '../settings/settings.ts';
import { ContractError, check } from './check.ts';
import { type ContractNumbers, deriveNumbers } from './numbers.ts';
import type { ProcessContract } from './processes.ts';
import type { Check } from './rules/rule.ts';

/** Numbers that infrastructure and app must agree on. The app receives them as environment variables and derives none. */
export interface Contract extends ContractNumbers {
  /** Every rule with the values found. `stack preview` shows them. */
  readonly checks: readonly Check[];
}

/** Derives the contract and checks it. Throws a ContractError that lists every broken rule. */
export function deriveContract(settings: Settings, app: App): Contract {
  const numbers = deriveNumbers(settings, app);
  const checks = check(numbers, settings);
  if (checks.some(({ holds }) => !holds)) throw new ContractError(settings.environment, checks);
  return Object.freeze({ ...numbers, checks });
}

/** The numbers of one process. Throws where it does not run: only a bug asks for it. */
export function numbersOf({ processes }: Contract, process: Process): ProcessContract {
  const found = processes[process];
  if (found === undefined) throw new Error(`The contract has no numbers of ${process}, which does not run.`);
  return found;
}
