import { hasRdsAuthorities, publicAuthorities } from '../../../infra/data/authorities.ts';
import type { LocalFacts } from './local-facts.ts';
import type { Program } from './program.ts';

const pemBlock = /(?:-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?)+/g;

/**
 * The same text with the authorities of this machine's servers in the place of those of AWS. A bundle that is only the
 * public authorities stands for Valkey, one with those of RDS for the database.
 */
export function withLocalAuthorities(
  { database, valkey }: Pick<Program, 'database' | 'valkey'>,
  { certificates }: Pick<LocalFacts, 'certificates'>,
  text: string,
): string {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) return text;
  const authorityOf = (server: { readonly name: string } | undefined) =>
    server === undefined ? '' : (certificates[server.name]?.authority ?? '');
  return text.replaceAll(pemBlock, (bundle) => {
    if (bundle === publicAuthorities()) return authorityOf(valkey);
    return hasRdsAuthorities(bundle) ? authorityOf(database) : bundle;
  });
}
