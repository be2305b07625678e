import type { Settings } from '../settings/settings.ts';
import type { ContractNumbers } from './numbers.ts';
import { backgroundRules } from './rules/background.ts';
import { capacityRules } from './rules/capacity.ts';
import { healthRules } from './rules/health.ts';
import { rolloutRules } from './rules/rollout.ts';
import type { Check } from './rules/rule.ts';
import { timingRules } from './rules/timing.ts';

/** The settings break rules of the contract. Lists every one of them. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly problems: readonly Check[];

  constructor(environment: string, checks: readonly Check[]) {
    const problems = checks.filter(({ holds }) => !holds);
    const count = problems.length === 1 ? '1 rule' : `${problems.length} rules`;
    super(
      [`The settings of ${environment} break ${count} of the contract:`, ...problems.map(renderProblem)].join('\n'),
    );
    this.problems = problems;
  }
}

function renderProblem({ id, rule, source, found, remedy }: Check): string {
  return `  ${id}: ${rule}\n    found: ${found}\n    why: ${source}\n    ${remedy}`;
}

/** Evaluates every rule. */
export function check(numbers: ContractNumbers, settings: Settings): readonly Check[] {
  return [...timingRules, ...healthRules, ...capacityRules, ...backgroundRules, ...rolloutRules].map(
    ({ test, ...rule }) => {
      const [holds, found, process] = test(numbers, settings);
      // Unbroken, the rule is that of all processes.
      const remedy = process === undefined ? rule.remedy : rule.remedy.replaceAll('<process>', process);
      return { ...rule, remedy, holds, found };
    },
  );
}
