import type { Change } from '../pulumi/engine-events.ts';

/** What the platform changes by itself, by the type of the resource; a refresh finds it and nobody did it by hand. */
const ownedByPlatform: Readonly<Record<string, readonly string[]>> = {
  // Autoscaling sets the count.
  'aws:ecs/service:Service': ['desiredCount'],
  // ECS turns the weights of a traffic shift.
  'aws:lb/listenerRule:ListenerRule': ['actions'],
  // Minor versions are upgraded in the maintenance window, storage grows, and the last restorable moment moves on.
  'aws:rds/instance:Instance': ['latestRestorableTime', 'engineVersionActual', 'allocatedStorage', 'masterUserSecrets'],
};

/** Whether somebody changed it behind the program's back. */
export function isDrift({ custom, op, type, properties }: Change): boolean {
  if (!custom) return false;
  if (op !== 'update') return true;
  const owned = ownedByPlatform[type] ?? [];
  // The engine names no property for some updates: better one line too many.
  return properties.length === 0 || properties.some((property) => !owned.includes(property));
}
