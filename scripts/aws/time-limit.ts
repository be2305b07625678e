import { type DeploymentTime, deploymentTime } from '../../infra/delivery/deployment-time.ts';
import { UserError } from '../messages/user-error.ts';
import type { EnvironmentFacts } from '../program/settings.ts';
import type { Clock } from '../release/clock.ts';
import type { LedgerAction } from '../release/ledger.ts';
import type { Finding } from '../release/target.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Whether a command can come to its end before its job or its credentials do. What is cut off in the middle of a rollout
 * is neither verified nor rolled back, so it is refused at its start.
 *
 * - `STACK_TIME_LIMIT_MINUTES`: the timeout of the CI job, which is also how long its credentials last
 * - `AWS_CREDENTIAL_EXPIRATION`: when credentials in variables expire; those of a profile are renewed by the SDK
 */
export async function checkTime(
  environment: string,
  purpose: LedgerAction | undefined,
  facts: Pick<EnvironmentFacts, 'settings' | 'contract'>,
  variables: Variables,
  clock: Clock,
): Promise<Finding> {
  const left = secondsLeft(variables, clock);
  if (left === undefined) return { skipped: 'neither the job nor the credentials end at a known time' };
  const time = deploymentTime(facts.settings, facts.contract);
  const needed = secondsNeeded(time, purpose);
  if (needed <= left) return { value: `${minutes(left)} min, ${purpose ?? 'up'} needs up to ${minutes(needed)}` };
  throw new UserError({
    code: 'TIME_TOO_SHORT',
    message: `${purpose ?? 'up'} of ${environment} may take ${minutes(needed)} min, but its job or its credentials end in ${minutes(left)} min.`,
    rule: `Migrations take up to ${minutes(time.migrationSeconds)} min, a rollout with its bake times ${minutes(time.rolloutSeconds)}, the same again to roll a promotion back, and the rest ${minutes(time.overheadSeconds)}.`,
    remedy: `Set the repository variable DEPLOY_MINUTES to ${minutes(needed)} or more (locally: log in again), or lower canaryBakeMinutes, bakeMinutes or migrationTimeoutSeconds.`,
  });
}

function secondsNeeded(time: DeploymentTime, purpose: LedgerAction | undefined): number {
  if (purpose === 'promote') return time.promotionSeconds;
  const migrations = purpose === 'rollback' ? 0 : time.migrationSeconds;
  return migrations + time.rolloutSeconds + time.overheadSeconds;
}

function secondsLeft(variables: Variables, clock: Clock): number | undefined {
  const { STACK_TIME_LIMIT_MINUTES: limit = '', AWS_CREDENTIAL_EXPIRATION: expiration = '' } = variables;
  const ends = [
    ...(/^\d+$/.test(limit) ? [Number(limit) * 60] : []),
    ...(Number.isNaN(Date.parse(expiration)) ? [] : [(Date.parse(expiration) - clock.now()) / 1000]),
  ];
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** Upwards: a figure that is named as enough must be enough. */
function minutes(seconds: number): number {
  return Math.ceil(seconds / 60);
}
