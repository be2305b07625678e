import { Argument, type Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { renderAlarms } from '../output/alarms-text.ts';
import { widthOf } from '../output/wrap.ts';
import type { AlarmState } from '../release/alarm-states.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetKind } from './select-target.ts';
import type { TargetOptions } from './session.ts';

const actions = ['list', 'on', 'off'] as const;

export function define(command: Command, start: Start): void {
  const what = new Argument('<action>', 'list them; on and off: whether a Prometheus on this machine evaluates them');
  jsonOption(targetOption(environmentArgument(command.addArgument(what.choices(actions))))).action(
    async (action: (typeof actions)[number], environment: string, options: TargetOptions) => {
      await start(options, async ({ terminal, progress, paint }) => {
        const startedAt = systemClock.now();
        const { openEnvironmentTarget } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const { listAlarms, switchAlarms } = target.operations;
        let changed = false;
        if (action !== 'list') {
          const change = () => switchAlarms(environment, action === 'on', progress, terminal.signal);
          const { withLock } = await import('../release/lock.ts');
          changed = target.kind === 'local' ? await withLock(target, environment, 'alarms', change) : await change();
        }
        const alarms = await listAlarms(environment);
        const seconds = secondsSince(systemClock, startedAt);
        return {
          json: { environment, target: target.kind, on: alarms !== undefined, changed, alarms: alarms ?? [], seconds },
          ...(alarms === undefined ? {} : { text: renderAlarms(alarms, paint, widthOf(terminal.stdout)) }),
          summary: { ...summaryOf(environment, target.kind, alarms), seconds },
        };
      });
    },
  );
}

function summaryOf(
  environment: string,
  target: TargetKind,
  alarms: readonly AlarmState[] | undefined,
): Omit<Result['summary'], 'seconds'> {
  if (alarms === undefined) {
    const command = stackCommand(target, 'alarms', 'on', environment);
    return {
      did: `The alarms of ${environment} are off, and no rollout is guarded by them`,
      ending: 'nothing',
      next: [{ command, purpose: 'let a Prometheus evaluate them' }],
    };
  }
  const named = (state: AlarmState['state']) => alarms.filter((one) => one.state === state).map(({ name }) => name);
  const [firing, silent] = [named('firing'), named('no data')];
  const next = [
    firing.length > 0
      ? { command: stackCommand(target, 'incident', environment), purpose: 'collect what explains it' }
      : { command: stackCommand(target, 'status', environment), purpose: 'see what runs' },
  ];
  if (firing.length > 0) return { did: `${firing.join(', ')} of ${environment} is firing`, ending: 'found', next };
  const fine = named('not firing').length;
  if (silent.length === 0) {
    return {
      did: `None of ${fine} alarms of ${environment} is firing`,
      ending: fine === 0 ? 'nothing' : 'done',
      next,
    };
  }
  return {
    did: `${fine} alarms of ${environment} are not firing; ${silent.length} cannot tell: ${silent.join(', ')}`,
    ending: 'attention',
    next,
  };
}
