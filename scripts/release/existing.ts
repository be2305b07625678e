import type { Environment, Target } from './target.ts';

/** Whether anything of an environment is there. A first `up` that failed has left its database, and a ledger entry. */
export async function exists(target: Target, environment: Environment): Promise<boolean> {
  const entries = await target.ledger(environment).list();
  return entries.length > 0 || (await target.observe(environment)) !== undefined;
}

/** Those of the environments of which anything is there, in their order. */
export async function existing(target: Target, environments: readonly Environment[]): Promise<readonly Environment[]> {
  const found = await Promise.all(environments.map((environment) => exists(target, environment)));
  return environments.filter((_, index) => found[index]);
}
