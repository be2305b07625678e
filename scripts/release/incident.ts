import type { Flow } from './flow.ts';
import { type History, history } from './history.ts';
import { type Known, known } from './known.ts';
import { type CheckedPrerequisite, checkPrerequisites } from './prerequisites.ts';
import { readStatus, type Status } from './status.ts';
import type { LogLine, Prerequisite } from './target.ts';

/** Everything that somebody who was not there needs first. What could not be read says why. */
export interface Incident {
  readonly environment: string;
  readonly status: Status;
  readonly history: Known<History>;
  /** Events, stopped tasks with their reasons, last log lines, in the platform's words. */
  readonly explanation: Known<string>;
  readonly errors: Known<readonly LogLine[]>;
  /** Manual changes. */
  readonly drift: Known<readonly string[]>;
  readonly prerequisites: readonly CheckedPrerequisite[];
}

export interface IncidentRequest {
  readonly sinceSeconds: number;
  /** Which log lines to keep. */
  readonly keep: (line: LogLine) => boolean;
  readonly prerequisites: readonly Prerequisite[];
}

/** Of log lines that are kept, the latest. */
const mostLines = 1000;

/** Reads and changes nothing, and ends although a part cannot be read. */
export async function collectIncident(
  { target, clock, progress, signal }: Pick<Flow, 'target' | 'clock' | 'progress' | 'signal'>,
  environment: string,
  { sinceSeconds, keep, prerequisites }: IncidentRequest,
): Promise<Incident> {
  progress.step(`Read what runs on ${environment}, and what was changed`);
  const status = await readStatus({ target, clock }, environment);
  const found = await known(() => history(target, environment));
  const explanation = await known(() => target.explain(environment));
  progress.step('Read the errors in the logs');
  const errors = await known(async () => {
    const lines: LogLine[] = [];
    for await (const line of target.logs(environment, { follow: false, sinceSeconds }, signal)) {
      if (keep(line)) lines.push(line);
    }
    return lines.slice(-mostLines);
  });
  progress.step('Compare the platform with the last update, and check the prerequisites');
  const drift = await known(() => target.drift(environment));
  return {
    environment,
    status,
    history: found,
    explanation,
    errors,
    drift,
    prerequisites: await checkPrerequisites(prerequisites),
  };
}
