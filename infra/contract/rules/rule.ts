import type { ProcessKind } from '../../manifest/app.ts';
import type { Settings } from '../../settings/settings.ts';
import type { ContractNumbers } from '../numbers.ts';
import type { ProcessContract } from '../processes.ts';

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
  /** `process` completes the remedy, `Raise <process>MemoryMiB.`: the first part of the keys of the one that breaks it. */
  test(
    numbers: ContractNumbers,
    settings: Settings,
  ): readonly [holds: boolean, found: string, process?: string | undefined];
}

type Test = (process: ProcessContract, numbers: ContractNumbers, settings: Settings) => readonly [boolean, string];

/** Tests each process of some kinds, and names each where there are several. */
export function eachProcess(kinds: readonly ProcessKind[], test: Test): Rule['test'] {
  return (numbers, settings) => {
    const outcomes = Object.entries(numbers.processes)
      .filter(([, { kind }]) => kinds.includes(kind))
      .map(([name, process]) => ({ name, prefix: process.prefix, outcome: test(process, numbers, settings) }));
    const [only] = outcomes;
    if (only === undefined) return [true, 'no process of this kind'];
    const broken = outcomes.find(({ outcome: [holds] }) => !holds);
    const found =
      outcomes.length === 1
        ? only.outcome[1]
        : outcomes.map(({ name, outcome }) => `${name}: ${outcome[1]}`).join('; ');
    return [broken === undefined, found, broken?.prefix];
  };
}
