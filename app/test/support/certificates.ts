import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** An authority's own certificate, and one that it signed for a server, with its key. All in PEM form. */
export interface Certificates {
  readonly certificate: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
}

/** An authority and a server certificate for `names`, by the openssl of this machine. */
export function createCertificates(names: string): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'todo-tls-'));
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=e2e authority');
  openssl(
    ...['req', '-x509', ...key, '-keyout', 'server.key', '-out', 'server.pem', '-subj', '/CN=server'],
    ...[
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-addext',
      `subjectAltName=${names}`,
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ],
  );
  const read = (file: string) => readFileSync(join(directory, file), 'utf8');
  const authority = {
    certificate: read('ca.pem'),
    serverCertificate: read('server.pem'),
    serverKey: read('server.key'),
  };
  rmSync(directory, { recursive: true });
  return authority;
}
