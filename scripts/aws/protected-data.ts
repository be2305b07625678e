import type { Settings } from '../../infra/settings/settings.ts';
import { Refusal } from '../messages/user-error.ts';
import type { PromotionChain } from '../program/promotion-chain.ts';
import type { Finding } from '../release/target.ts';

/**
 * Rejects with `DATA_UNPROTECTED` the environment at the end of a chain of promotion whose database a mistake could delete.
 * Where a chain ends is where the users are: names of environments do not tell.
 */
export function checkDataProtected(
  environment: string,
  { deletionProtection, database, existing }: Pick<Settings, 'deletionProtection' | 'database' | 'existing'>,
  chain: Pick<PromotionChain, 'predecessor' | 'successors'>,
): Finding {
  if (chain.predecessor(environment) === undefined || chain.successors(environment).length > 0) {
    return { skipped: `no chain of promotion ends with ${environment}` };
  }
  const missing = [
    ...(deletionProtection ? [] : ['deletionProtection']),
    ...(database.finalSnapshot || existing.database !== undefined ? [] : ['databaseFinalSnapshot']),
  ];
  if (missing.length === 0) {
    return {
      value:
        existing.database === undefined
          ? 'deletion protection and a final snapshot'
          : `deletion protection; that of the existing ${existing.database.identifier} is not the stack’s`,
    };
  }
  throw new Refusal({
    code: 'DATA_UNPROTECTED',
    message: `The chain of promotion ends with ${environment}, whose settings have no ${missing.join(' and no ')}.`,
    rule: 'The database that users work with can be deleted by nobody’s mistake, and leaves a snapshot.',
    remedy: `Set ${missing.map((key) => `${key}: true`).join(' and ')} in Pulumi.${environment}.yaml.`,
  });
}
