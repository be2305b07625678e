import type { Settings } from '../../infra/settings/settings.ts';
import { UserError } from '../messages/user-error.ts';
import type { Finding } from '../release/target.ts';

/**
 * Rejects with `PLAIN_HTTP` an environment that keeps people's data and would serve the internet without TLS: passwords
 * and tokens would be readable on the way. Whether it keeps any is what `deletionProtection` says.
 */
export function checkEncryptedOnTheWay(
  environment: string,
  { deletionProtection, edge }: Pick<Settings, 'deletionProtection' | 'edge'>,
): Finding {
  if (edge.domain !== undefined) return { value: `https://${edge.domain.name}` };
  if (edge.plainHttp) return { value: 'plain HTTP, which plainHttp accepts' };
  if (!deletionProtection) return { skipped: `${environment} has neither domainName nor deletionProtection` };
  throw new UserError({
    code: 'PLAIN_HTTP',
    message: `${environment} has no domainName: its load balancer would serve plain HTTP, and everybody on the way could read logins.`,
    rule: 'An environment with deletionProtection serves HTTPS, unless its settings say otherwise.',
    remedy: `Set domainName and hostedZoneId in Pulumi.${environment}.yaml, or plainHttp: true for as long as there is no domain.`,
  });
}
