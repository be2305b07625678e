import type { Process } from '../../infra/manifest/app.ts';
import { variablesOf } from '../../infra/manifest/fit.ts';
import { processesOf, type SizedProcess } from '../../infra/manifest/processes.ts';
import { sourcesIn } from '../../infra/manifest/sources.ts';
import type { Facts } from './facts.ts';

type OfEnvironment = Pick<Facts, 'app' | 'settings'>;

/** The process in the background that drills act on: the first one that runs. */
export function backgroundOf({ app, settings }: OfEnvironment): SizedProcess | undefined {
  return processesOf(settings, app).find(({ kind }) => kind === 'background');
}

/** Whether a process serves the figures that alarms on its event loop and its jobs look at. */
export function measuresItself({ app, settings }: OfEnvironment, process: Process): boolean {
  return variablesOf(app, process, settings).some(([, value]) => sourcesIn(value).includes('metrics.port'));
}

/** An alarm on the jobs of the process in the background; empty where there is none, or no way to make a job. */
export function queueAlarm(facts: Facts, alarm: 'queue-age' | 'queue-dead-jobs'): readonly string[] {
  const found = backgroundOf(facts);
  if (found?.sizes.queueAgeTargetSeconds === undefined || facts.jobs === undefined) return [];
  if (!measuresItself(facts, found.name)) return [];
  // The first queue was that of `worker`, and alarms keep their names.
  return [found.name === 'worker' ? alarm : `${found.name}-${alarm}`];
}
