import { partitionOf } from '../catalog/partition.ts';
import type { Permission } from '../manifest/app.ts';
import type { Settings } from '../settings/settings.ts';
import type { Statement } from './statement.ts';

/** Statements of a role, from the permissions of a manifest. The policy pack takes a reason for `*` from the Sid. */
export function appStatements(
  permissions: readonly Permission[],
  { environment, region }: Pick<Settings, 'environment' | 'region'>,
  prefix = '',
): readonly Statement[] {
  const values: Readonly<Record<string, string>> = { environment, region, partition: partitionOf(region) };
  const filled = (text: string) => text.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole);
  return permissions.map(({ actions, resources, conditions }, index) => ({
    Sid: `${prefix}${resources.includes('*') ? 'ForAnyResource' : 'App'}${index + 1}`,
    Effect: 'Allow',
    Action: actions,
    Resource: resources.map(filled),
    ...(conditions === undefined ? {} : { Condition: conditions }),
  }));
}
