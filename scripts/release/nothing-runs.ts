import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import type { Target } from './target.ts';

/** @param purpose what there is nothing for: `to verify` */
export function nothingRuns({ kind }: Pick<Target, 'kind'>, environment: string, purpose: string): Refusal {
  return new Refusal({
    code: 'NOTHING_RUNS',
    message: `Nothing runs on ${environment}, so there is nothing ${purpose}.`,
    remedy: `\`${stackCommand(kind, 'up', environment)}\` deploys a release.`,
  });
}
