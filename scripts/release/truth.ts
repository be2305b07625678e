import type { Release } from '../../infra/release/release.ts';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import type { Flow } from './flow.ts';
import type { LedgerEntry } from './ledger.ts';
import { releaseOfDigest } from './standing.ts';
import type { Observed, RunningService } from './target.ts';

/** Enough for a load balancer's next health check; the target has waited for the rollout itself. */
const settleSeconds = 20;

/**
 * Whether exactly this release runs: every task of every service has its digest and is healthy, and as many run as
 * desired. Engines report success although the platform has rolled back (https://github.com/pulumi/pulumi-aws/issues/4487),
 * so the platform itself is asked.
 * @returns one line per difference
 */
export function differencesFromTruth(observed: Observed | undefined, release: Release): readonly string[] {
  if (observed === undefined) return ['nothing of the environment exists'];
  if (observed.services.length === 0) return ['no service runs'];
  return observed.services.flatMap((service) => serviceDifferences(service, release));
}

function serviceDifferences({ name, desired, tasks }: RunningService, release: Release): string[] {
  const others = tasks.filter(({ digest }) => digest !== release.digest);
  const unhealthy = tasks.filter(({ digest, healthy }) => digest === release.digest && !healthy);
  const differences: string[] = [];
  if (tasks.length !== desired) differences.push(`${name}: ${tasks.length} of ${desired} desired tasks run`);
  if (others.length > 0) {
    const digests = [...new Set(others.map(({ digest }) => shortDigest(digest)))].join(', ');
    differences.push(
      `${name}: ${others.length} of ${tasks.length} tasks run ${digests}, not ${shortDigest(release.digest)}`,
    );
  }
  if (unhealthy.length > 0) differences.push(`${name}: ${unhealthy.length} of ${tasks.length} tasks are not healthy`);
  return differences;
}

/** Waits briefly for the last health checks, then rejects unless exactly this release runs. */
export async function assertTruth(
  flow: Flow,
  environment: string,
  release: Release,
  signal: AbortSignal,
): Promise<Observed> {
  const until = flow.clock.now() + settleSeconds * 1000;
  for (;;) {
    const observed = await flow.target.observe(environment);
    const differences = differencesFromTruth(observed, release);
    if (observed !== undefined && differences.length === 0) return observed;
    if (flow.clock.now() >= until) throw await notRunning(flow, environment, release, differences);
    await flow.clock.sleep(1000, signal);
  }
}

async function notRunning(
  flow: Flow,
  environment: string,
  release: Release,
  differences: readonly string[],
): Promise<UserError> {
  return new UserError({
    code: 'NOT_RUNNING_AS_ASKED',
    message: `${environment} does not run ${release.version} as requested: ${differences.join('; ')}.`,
    rule: 'Every task runs the requested digest and is healthy, and the desired number of tasks runs.',
    remedy: `\`${stackCommand(flow.target.kind, 'logs', environment)}\` shows the logs of the tasks.`,
    details: await flow.target.explain(environment),
  });
}

/** What runs, for people: `api 2 × 1.1.0-0a1b…`. Releases are named if the ledger knows their digest. */
export function describeRunning(observed: Observed | undefined, entries: readonly LedgerEntry[]): string {
  const services = observed?.services ?? [];
  if (services.every(({ tasks }) => tasks.length === 0)) return 'nothing';
  return services
    .map(({ name, tasks }) => {
      const counts = new Map<string, number>();
      for (const { digest } of tasks) {
        const label = releaseOfDigest(entries, digest)?.version ?? `an unrecorded image ${shortDigest(digest)}`;
        counts.set(label, (counts.get(label) ?? 0) + 1);
      }
      const parts = [...counts].map(([label, count]) => `${count} × ${label}`);
      return `${name} ${parts.length === 0 ? 'no task' : parts.join(' and ')}`;
    })
    .join(', ');
}

/** The first twelve hex digits, enough to tell releases apart. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}
