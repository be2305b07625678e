import { rootCertificates } from 'node:tls';
import type { RedisOptions } from 'ioredis';
import type { ValkeySettings } from '../env/services.ts';

const connectTimeoutMs = 2_000;
const firstRetryMs = 50;
const slowestRetryMs = 2_000;

/** What ioredis needs to reach Valkey, whatever the connection is for. It reconnects as long as it takes. */
export function connectionOptions({ host, port, user, password, tls }: ValkeySettings) {
  return {
    host,
    port,
    username: user,
    password,
    connectTimeout: connectTimeoutMs,
    reconnectOnError: hasLostItsRole,
    // A peer that vanished without a word (a failed-over host) is otherwise noticed after two hours.
    keepAlive: 10_000,
    retryStrategy: (attempt: number) => retryDelayMs(attempt, Math.random()),
    // The certificates of ElastiCache are signed by Amazon's public authorities.
    ...(tls.mode === 'disable'
      ? {}
      : { tls: { ca: [...rootCertificates, ...tls.extraAuthorities], rejectUnauthorized: true } }),
  } satisfies RedisOptions;
}

/**
 * Whether a reply is that of a server which was the primary: after a failover that leaves connections open it refuses writes
 * (READONLY), ends commands that block (UNBLOCKED), and may refuse reads (MASTERDOWN). A new connection leads to the new
 * primary. https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html
 */
export function hasLostItsRole({ message }: Error): boolean {
  return /\b(READONLY|UNBLOCKED|MASTERDOWN)\b/.test(message);
}

/** Grows with each attempt, and is anywhere below that: the tasks that lost Valkey at once must not come back at once. */
export function retryDelayMs(attempt: number, random: number): number {
  const most = Math.min(firstRetryMs * 2 ** attempt, slowestRetryMs);
  return Math.round(firstRetryMs + random * (most - firstRetryMs));
}
