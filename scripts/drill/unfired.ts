import type { AlarmState } from '../release/alarm-states.ts';
import type { Drill, Unrealised } from './drill.ts';
import type { Facts } from './facts.ts';

/** An alarm that no drill makes fire in an environment. */
export interface UnfiredAlarm {
  readonly name: string;
  readonly because: string;
}

/**
 * The alarms of an environment that no drill promises, each with the reason: a new alarm is in this list until a drill
 * makes it fire.
 */
export function unfiredAlarms(
  alarms: readonly Pick<AlarmState, 'name' | 'state' | 'because'>[],
  drills: readonly (Drill | Unrealised)[],
  facts: Facts,
): readonly UnfiredAlarm[] {
  const promised = new Set(
    drills.flatMap((drill) =>
      'because' in drill || drill.absent?.(facts) !== undefined ? [] : (drill.alarms?.(facts) ?? []),
    ),
  );
  return alarms.flatMap(({ name, state, because }) => {
    if (promised.has(name)) return [];
    const nothing = state === 'not here' && because !== undefined ? because : undefined;
    return [{ name, because: nothing ?? 'no drill breaks what it watches' }];
  });
}
