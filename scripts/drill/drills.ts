import { UserError } from '../messages/user-error.ts';
import type { Drill, Unrealised } from './drill.ts';
import { limitDrills } from './drills/limits.ts';
import { releaseDrills } from './drills/releases.ts';
import { serverDrills, unrealised } from './drills/servers.ts';
import { taskDrills } from './drills/tasks.ts';

/**
 * In the order in which they run: what deploys releases first, so that later ones find a release made for drills. Those
 * that promise alarms are together, so that alarms are switched on once; the first of them deploy what does not stay.
 */
const order = [
  'rollout',
  'rollback',
  'kill',
  'bad-migration',
  'crash-loop',
  'cli-killed',
  'slow-shutdown',
  'oom',
  'disk-full',
  'worker-kill',
  'never-ready',
  'bad-release',
  'cpu-hog',
  'task-limits',
  'tasks-gone',
  'server-limits',
  'cache-away',
  'db-restart',
  'db-away',
  'lb-restart',
  'backup-restore',
  'db-failover',
  'cache-failover',
];

export const drills: readonly (Drill | Unrealised)[] = [
  ...releaseDrills,
  ...taskDrills,
  ...limitDrills,
  ...serverDrills,
  ...unrealised,
].toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));

/** @param names all of them when empty */
export function chooseDrills(names: readonly string[]): readonly (Drill | Unrealised)[] {
  const unknown = names.filter((name) => !drills.some((drill) => drill.name === name));
  if (unknown.length > 0) {
    throw new UserError({
      code: 'USAGE',
      message: `There is no drill ${unknown.join(', ')}.`,
      rule: `Drills: ${drills.map(({ name }) => name).join(', ')}.`,
      remedy: 'npm run stack -- drill --help',
    });
  }
  return names.length === 0 ? drills : drills.filter(({ name }) => names.includes(name));
}
