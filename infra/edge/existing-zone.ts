import { getZone } from '@pulumi/aws/route53/getZone.js';
import { SettingsError } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Compares the hosted zone with the domain. Asks AWS where an engine runs the program.
 *
 * @throws SettingsError if the zone cannot have records of the domain
 */
export async function checkHostedZone({ environment, edge }: Settings): Promise<void> {
  const { domain } = edge;
  if (domain === undefined) return;
  const { name } = await getZone({ zoneId: domain.hostedZoneId });
  // Without an engine nobody is asked.
  if (typeof name !== 'string') return;
  const zone = name.replace(/\.$/, '');
  if (domain.name === zone || domain.name.endsWith(`.${zone}`)) return;
  throw new SettingsError(environment, [
    {
      keys: ['hostedZoneId'],
      found: `is ${JSON.stringify(domain.hostedZoneId)}, the zone of ${zone}`,
      rule: `the zone of domainName (${domain.name}), or of a domain above it`,
      remedy: `List them: aws route53 list-hosted-zones-by-name --dns-name ${domain.name}`,
    },
  ]);
}
