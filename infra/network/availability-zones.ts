import { getAvailabilityZones } from '@pulumi/aws/getAvailabilityZones.js';
import { RunError } from '@pulumi/pulumi/errors.js';
import type { Settings } from '../settings/settings.ts';

/**
 * Names of the first zones of the region, as many as `availabilityZones`. Without the filter an account that opted in to
 * Local Zones or Wavelength Zones would get those, too, in which neither RDS nor an ALB of this kind can run.
 * None where the subnets exist already. Throws if the region has fewer zones.
 */
export async function readAvailabilityZones({ region, network, existing }: Settings): Promise<readonly string[]> {
  if (existing.vpc !== undefined) return [];
  const { names } = await getAvailabilityZones({
    region,
    state: 'available',
    filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
  });
  return firstZones(names, region, network.availabilityZones);
}

/** The first `count` zones. Throws if there are fewer. */
export function firstZones(names: readonly string[], region: string, count: number): readonly string[] {
  if (names.length >= count) return names.slice(0, count);
  throw new RunError(
    `availabilityZones is ${count}, but this account can use ${names.length} Availability Zones of ${region}${names.length === 0 ? '' : ` (${names.join(', ')})`}. Lower availabilityZones, or choose another region.`,
  );
}
