import type { ContractNumbers } from '../../../infra/contract/numbers.ts';
import {
  bootPhase,
  type MeasuredPhases,
  type Phase,
  type Timelines,
  timelineOf,
} from '../../../infra/contract/timeline.ts';
import type { Settings } from '../../../infra/settings/settings.ts';
import { briefMonitorSeconds, monitorSeconds } from './swarm-service.ts';

/** The engine has the image. To create and start three containers at once took 2 s on two cores. */
const createSeconds = 2;

/** Between a task's removal from Docker's DNS and SIGTERM: see renderHaproxyConfig in load-balancer.ts. */
const gossipSeconds = 2;

/**
 * A rollout on Swarm: all new tasks start at once. One check that passes makes a task ready, and the boot ends with it: a
 * check every second cannot tell them apart. Old tasks end then, while Swarm watches the new ones, and after it the alarms
 * that guard the rollout.
 *
 * @param alarmSeconds how long those are watched; 0 where alarms are off
 */
export function timelinesHere(
  numbers: Pick<ContractNumbers, 'drainDelaySeconds'>,
  settings: Pick<Settings, 'timing'>,
  measured: MeasuredPhases = {},
  alarmSeconds = 0,
): Timelines {
  const phases = (watchedSeconds: number): readonly Phase[] => [
    measured.pull === undefined
      ? { name: 'pull', seconds: createSeconds, basis: 'platform' }
      : { name: 'pull', seconds: measured.pull, basis: 'measured' },
    bootPhase(settings, measured),
    { name: 'drain', seconds: gossipSeconds, basis: 'platform' },
    { name: 'stop', seconds: numbers.drainDelaySeconds, basis: 'settings', setting: 'drainDelaySeconds' },
    { name: 'bake', seconds: watchedSeconds + alarmSeconds, basis: 'platform' },
  ];
  const timeline = (watchedSeconds: number) => timelineOf(phases(watchedSeconds), { bakesMeanwhile: true });
  return { rollout: timeline(monitorSeconds), rollback: timeline(briefMonitorSeconds) };
}
