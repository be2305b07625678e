import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import type { Plan, Target } from './target.ts';

/**
 * Refuses a plan that would lose data. A backup may restore some of it, a rollback none: what holds data is not part of
 * a release.
 *
 * @param accepted names of the losses that are meant; each must be one of the plan's
 * @param remedy what to do instead
 */
export function assertNothingLost({ environment, losses }: Plan, accepted: readonly string[], remedy: string): void {
  const names = [...new Set(losses.map(({ name }) => name))];
  const idle = accepted.filter((name) => !names.includes(name));
  if (idle.length > 0) {
    throw new Refusal({
      code: 'LOSS_NOT_PLANNED',
      message: `${environment} would not lose ${idle.join(', ')}. Nothing was changed.`,
      rule: 'A loss is accepted by the name of what is lost, and only where the plan has it.',
      remedy: names.length === 0 ? 'Omit --accept-loss.' : `It would lose: ${names.join(', ')}.`,
    });
  }
  const open = losses.filter(({ name }) => !accepted.includes(name));
  if (open.length === 0) return;
  const lost = [...new Set(open.map(({ name }) => name))].join(', ');
  throw new Refusal({
    code: 'DATA_WOULD_BE_LOST',
    message: `${environment} would lose the data of ${lost}. Nothing was changed.`,
    rule: 'A release changes what runs. It never replaces or deletes what holds data.',
    remedy,
    details: open.map(({ name, change }) => `${name}: ${change}`).join('\n'),
  });
}

/** @returns what to do where a plan loses data: the command names each loss, so that none is accepted unseen */
export function remedyForLoss({ kind }: Pick<Target, 'kind'>, { environment, losses }: Plan): string {
  const names = [...new Set(losses.map(({ name }) => name))];
  const command = stackCommand(kind, 'up', environment, ...names.flatMap((name) => ['--accept-loss', name]));
  return `Revert the change of settings, or move the data first and run \`${command}\`.`;
}
