/** What a rule set objects to. */
export interface Finding {
  /** The rule set and its rule: `checkov CKV_AWS_130`. */
  readonly rule: string;
  /** What it is about, by a name that is the same in every run. */
  readonly resource: string;
  readonly message: string;
  /** Names of the variants in which it was found. */
  readonly variants: readonly string[];
}

/** A finding that stays as it is. */
export interface Acceptance {
  readonly rule: string;
  /** Exact names, or patterns in which `*` stands for anything. Absent: all that the rule objects to. */
  readonly resources?: readonly string[];
  readonly reason: string;
}

export interface Judgement {
  /** Findings that nothing accepts. */
  readonly open: readonly Finding[];
  readonly accepted: readonly Finding[];
  /** Acceptances, or patterns of one, that accept nothing. */
  readonly stale: readonly string[];
}

/**
 * Compares findings with what was accepted. An acceptance of a rule set that did not run is neither used nor stale.
 *
 * @param ran names of the rule sets that ran: the first word of their rules
 */
export function judge(
  findings: readonly Finding[],
  acceptances: readonly Acceptance[],
  ran: readonly string[],
): Judgement {
  const patterns = acceptances.flatMap(({ rule, resources = ['*'] }) =>
    resources.map((resource) => ({ rule, resource, matches: matcher(rule, resource) })),
  );
  const accepts = (finding: Finding) => patterns.some(({ matches }) => matches(finding));
  return {
    open: findings.filter((finding) => !accepts(finding)),
    accepted: findings.filter(accepts),
    stale: patterns
      .filter(({ rule }) => ran.includes(rule.split(' ')[0] ?? ''))
      .filter(({ matches }) => !findings.some(matches))
      .map(({ rule, resource }) => `${rule} of ${resource}`),
  };
}

function matcher(rule: string, resource: string): (finding: Finding) => boolean {
  const literal = resource.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${literal.join('.*')}$`);
  return (finding) => finding.rule === rule && pattern.test(finding.resource);
}

/** One finding per rule, resource and message, with all of its variants. */
export function merge(findings: readonly Finding[]): readonly Finding[] {
  const merged = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.rule, finding.resource, finding.message]);
    const variants = [...new Set([...(merged.get(key)?.variants ?? []), ...finding.variants])];
    merged.set(key, { ...finding, variants });
  }
  return [...merged.values()].toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey({ rule, resource, message }: Finding): string {
  return `${rule} ${resource} ${message}`;
}
