import type { Verification } from '../release/ledger.ts';
import type { Progress } from '../release/target.ts';

/** Thrown by a probe that cannot tell, with the reason: neither kept nor broken. */
export class NotChecked extends Error {
  override readonly name = 'NotChecked';
}

export interface Report {
  /** Runs a probe, which resolves with what was seen and rejects with what was wrong, or with {@link NotChecked}. */
  check(name: string, probe: () => Promise<string>): Promise<void>;
  /** The same for several things, some of them at a time; what is said of them stays in their order. */
  each<Item, Result>(
    items: readonly Item[],
    atOnce: number,
    probe: (item: Item, report: Report) => Promise<Result>,
  ): Promise<readonly Result[]>;
  /** Runs parts that do not disturb each other at the same time; what is said of them stays in their order. */
  together(parts: readonly ((report: Report) => Promise<void>)[]): Promise<void>;
}

/** The report of everything. */
export interface WholeReport extends Report {
  verification(): Verification;
}

interface Finding {
  readonly name: string;
  /** Absent: not checked. */
  readonly passed?: boolean;
  readonly detail: string;
}

/** Collects what the probes saw, in their order, and says each as soon as it is known. */
export function createReport(progress: Progress, signal: AbortSignal): WholeReport {
  const findings: Finding[] = [];
  return {
    ...reportTo((finding) => {
      progress.detail(lineOf(finding));
      findings.push(finding);
    }, signal),
    verification: () => ({
      passed: findings.every(({ passed }) => passed !== false),
      checks: findings.flatMap(({ name, passed, detail }) => (passed === undefined ? [] : [{ name, passed, detail }])),
      notChecked: findings.flatMap(({ name, passed, detail }) => (passed === undefined ? [{ name, why: detail }] : [])),
    }),
  };
}

function reportTo(add: (finding: Finding) => void, signal: AbortSignal): Report {
  const report: Report = {
    async check(name, probe) {
      add(await findingOf(name, probe, signal));
    },
    async each(items, atOnce, probe) {
      const results = [];
      for (let first = 0; first < items.length; first += atOnce) {
        const together = items.slice(first, first + atOnce).map(async (item) => {
          const own: Finding[] = [];
          const result = await probe(
            item,
            reportTo((finding) => own.push(finding), signal),
          );
          return { own, result };
        });
        for (const { own, result } of await Promise.all(together)) {
          own.forEach(add);
          results.push(result);
        }
      }
      return results;
    },
    async together(parts) {
      await report.each(parts, parts.length, (part, own) => part(own));
    },
  };
  return report;
}

async function findingOf(name: string, probe: () => Promise<string>, signal: AbortSignal): Promise<Finding> {
  try {
    return { name, passed: true, detail: await probe() };
  } catch (error) {
    signal.throwIfAborted();
    const detail = error instanceof Error ? error.message : String(error);
    return error instanceof NotChecked ? { name, detail } : { name, passed: false, detail };
  }
}

function lineOf({ name, passed, detail }: Finding): string {
  return passed === undefined
    ? `– ${name}: not checked, because ${detail}`
    : `${passed ? '✓' : '✗'} ${name}: ${detail}`;
}
