/** One thing that is wrong with a manifest. */
export interface ManifestProblem {
  /** Where: `processes.api.http.port`. */
  readonly key: string;
  /** Follows the key: `is "3000"`. */
  readonly found: string;
  /** Completes the sentence "It must be …". */
  readonly rule: string;
  readonly remedy: string;
}

/** The manifest of an app cannot be used. Lists every problem, not just the first. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly problems: readonly ManifestProblem[];

  /** @param file relative to the project */
  constructor(file: string, problems: readonly ManifestProblem[]) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super([`${file} has ${count}:`, ...problems.map(renderProblem)].join('\n'));
    this.problems = problems;
  }
}

function renderProblem({ key, found, rule, remedy }: ManifestProblem): string {
  return `  ${key} ${found}\n    It must be ${rule}.\n    ${remedy}`;
}
