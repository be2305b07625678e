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

/** No load balancer that forwards requests: it may have been removed since it was looked for. */
export function nothingToListen(): Refusal {
  return new Refusal({
    code: 'NOTHING_RUNS',
    message: 'No load balancer forwards requests to this environment.',
    rule: 'The load balancer is what shows the maintenance page.',
    remedy: 'Deploy the environment first: stack up.',
  });
}
