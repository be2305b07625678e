import { createHash, X509Certificate } from 'node:crypto';

import type { Docker } from '../engine/docker.ts';
import { readIfExists, writeAtomically } from '../state/files.ts';

/** PEM. The authority's private key is thrown away: it signs once. */
export interface ServerCertificate {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

const validDays = 3650;
/** Renewed when less than this is left. */
const renewalDays = 30;

export async function readCertificate(
  path: string,
  host: string,
  now = new Date(),
): Promise<ServerCertificate | undefined> {
  const text = await readIfExists(path);
  if (text === undefined) return undefined;
  const found = JSON.parse(text) as ServerCertificate;
  const certificate = new X509Certificate(found.certificate);
  const left = new Date(certificate.validTo).getTime() - now.getTime();
  const usable = certificate.checkHost(host) !== undefined && left > renewalDays * 86_400_000;
  return usable ? found : undefined;
}

/** A certificate for a server's host name and the authority that signed it, made by openssl in the Postgres image. */
export async function ensureCertificate(
  docker: Docker,
  image: string,
  path: string,
  host: string,
): Promise<ServerCertificate> {
  const known = await readCertificate(path, host);
  if (known !== undefined) return known;
  const script = opensslScript(host);
  const output = await docker.run(['run', '--rm', '--network', 'none', '--entrypoint', '/bin/sh', image, '-c', script]);
  const [authority, certificate, key] = output.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? [];
  if (authority === undefined || certificate === undefined || key === undefined) {
    throw new Error('openssl in the Postgres image made no certificate');
  }
  const made = { authority: `${authority}\n`, certificate: `${certificate}\n`, key: `${key}\n` };
  await writeAtomically(path, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}

export function certificateFingerprint({ certificate }: ServerCertificate): string {
  return createHash('sha256').update(certificate).digest('hex').slice(0, 12);
}

function opensslScript(host: string): string {
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  return [
    'set -e; umask 077; cd "$(mktemp -d)"',
    `openssl req -x509 ${key} -days ${validDays} -subj "/CN=local authority of ${host}" -keyout ca.key -out ca.crt \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null`,
    `openssl req ${key} -subj "/CN=${host}" -keyout server.key -out server.csr 2>/dev/null`,
    `printf 'subjectAltName=DNS:${host}\\nextendedKeyUsage=serverAuth\\n' > extensions`,
    `openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days ${validDays} \
      -extfile extensions -out server.crt 2>/dev/null`,
    'cat ca.crt server.crt server.key',
  ].join('\n');
}
