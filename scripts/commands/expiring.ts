import { usageCode } from '../messages/exit-code.ts';
import { UserError } from '../messages/user-error.ts';
import { listEnvironments } from '../program/environments.ts';
import { type Expiring, readExpiring, removeExpiring, writeExpiring } from '../program/expiring-environment.ts';
import { isExpiringName } from '../program/small-settings.ts';
import { systemClock } from '../release/clock.ts';
import type { Target } from '../release/target.ts';
import type { TargetOptions, Terminal } from './session.ts';

interface ExpiringOptions extends TargetOptions {
  /** In how many seconds. */
  readonly expires?: number;
  readonly from?: string;
}

/** Never reached: what was made for one command must not look as if it had expired. */
const noTime = '9999-12-31T00:00:00Z';

/**
 * Makes the stack file of an environment that expires, or gives it more time, as `up --expires` asks.
 *
 * @returns whether there was no stack file before
 */
export async function prepareExpiring(
  { projectDirectory }: Terminal,
  environment: string,
  { expires, from }: ExpiringOptions,
): Promise<boolean> {
  if (expires === undefined) {
    if (from === undefined) return false;
    throw new UserError({
      code: usageCode,
      message: '--from is for an environment that expires, so it needs --expires.',
      remedy: `Add for how long, such as --expires 3d.`,
    });
  }
  const end = new Date(systemClock.now() + expires * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const source = from ?? readExpiring(projectDirectory, environment)?.from ?? (await firstOf(projectDirectory));
  return await writeExpiring(projectDirectory, environment, { expires: end, from: source });
}

/**
 * Runs `use` with a stack file of an environment that expires, which it may have on another machine only: then one is made
 * for as long.
 */
export async function withStackFile<T>(
  { projectDirectory }: Terminal,
  environment: string,
  from: string | undefined,
  use: () => Promise<T>,
): Promise<T> {
  if (!isExpiringName(environment) || (await listEnvironments(projectDirectory)).includes(environment)) return use();
  const source = from ?? (await firstOf(projectDirectory));
  await writeExpiring(projectDirectory, environment, { expires: noTime, from: source });
  try {
    return await use();
  } finally {
    await removeExpiring(projectDirectory, environment);
  }
}

/** After an environment that expires was removed: its secrets, which nobody needs any more, and its stack file. */
export async function forgetExpiring(
  { projectDirectory }: Terminal,
  target: Pick<Target, 'secrets'>,
  environment: string,
): Promise<void> {
  if (!isExpiringName(environment) || readExpiring(projectDirectory, environment) === undefined) return;
  const secrets = target.secrets(environment);
  for (const { name } of await secrets.list()) await secrets.unset(name);
  await removeExpiring(projectDirectory, environment);
}

/** Those that by their names may expire, with what their stack files say. */
export async function listExpiring(projectDirectory: string): Promise<ReadonlyMap<string, Expiring | undefined>> {
  const names = (await listEnvironments(projectDirectory)).filter(isExpiringName);
  return new Map(names.map((name) => [name, readExpiring(projectDirectory, name)]));
}

/** The environment that settings are made from when none is named. */
export async function firstOf(projectDirectory: string): Promise<string> {
  const { readPromotionChain } = await import('../program/promotion-chain.ts');
  return (await readPromotionChain(projectDirectory)).first();
}
