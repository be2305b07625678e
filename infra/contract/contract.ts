import type { App, Process } from '../manifest/app.ts';
import type { Settings } from '../settings/settings.ts';
import { ContractError, check } from './check.ts';
import { type ContractNumbers, deriveNumbers } from './numbers.ts';
import type { ServiceContract, WorkerContract } from './processes.ts';
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

/** The numbers of one process. */
export function numbersOf(contract: Contract, process: Process): ServiceContract {
  return process === 'worker' ? workerOf(contract) : contract[process];
}

/** The numbers of the worker. Throws where the settings have none: only a bug asks for them. */
export function workerOf({ worker }: Contract): WorkerContract {
  if (worker === undefined) throw new Error('The settings have no worker, so the contract has no numbers for one.');
  return worker;
}

/** Seconds from SIGTERM to SIGKILL. */
export function stopTimeoutSeconds(contract: Contract, process: Process): number {
  return process === 'worker' ? workerOf(contract).stopTimeoutSeconds : contract.stopTimeoutSeconds;
}
