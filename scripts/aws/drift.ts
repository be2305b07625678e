import type { Change } from '../pulumi/engine-events.ts';

/** Properties that AWS changes by itself, by resource type: a refresh finds them, but they are not manual changes. */
const ownedByPlatform: Readonly<Record<string, readonly string[]>> = {
  // Autoscaling sets the count.
  'aws:ecs/service:Service': ['desiredCount'],
  // ECS sets the weights of a traffic shift.
  'aws:lb/listenerRule:ListenerRule': ['actions'],
  // Minor upgrades in the maintenance window, storage autoscaling, and the latest restorable time.
  'aws:rds/instance:Instance': ['latestRestorableTime', 'engineVersionActual', 'allocatedStorage', 'masterUserSecrets'],
};

/**
 * Types whose resources a search for drift does not read. Their values are secret and never compared, so whoever searches
 * needs no permission to read secrets.
 */
export const unread: readonly string[] = ['aws:secretsmanager/secretVersion:SecretVersion'];

/** Whether it is a manual change. */
export function isDrift({ custom, op, type, properties }: Change): boolean {
  if (!custom) return false;
  if (op !== 'update') return true;
  const owned = ownedByPlatform[type] ?? [];
  // For some updates the engine names no property: one line too many is better than one too few.
  return properties.length === 0 || properties.some((property) => !owned.includes(property));
}
