import { join } from 'node:path';
import { z } from 'zod';
import { stackCommand } from '../../messages/next-command.ts';
import { UserError } from '../../messages/user-error.ts';
import type { AlarmState } from '../../release/alarm-states.ts';
import type { AlarmReport } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import { readIfExists } from '../state/files.ts';
import { folderOf, type Place } from '../state/place.ts';
import type { Alarm } from '../translate/alarms.ts';
import { jobNames } from '../translate/metrics.ts';
import { deriveNames } from '../translate/names.ts';
import { inspectWatcher } from './containers.ts';

/** The alarms that Prometheus has been given, beside its rules: it knows nothing of those that it cannot evaluate. */
export const alarmsFile = 'alarms.json';

const answerMs = 3000;

/** What an environment's Prometheus was given; `undefined`: it was not switched on. */
export async function givenAlarms(place: Place): Promise<readonly Alarm[] | undefined> {
  const text = await readIfExists(join(folderOf(place).alarms, alarmsFile));
  return text === undefined ? undefined : (JSON.parse(text) as readonly Alarm[]);
}

/** Port of an environment's Prometheus on the loopback interface; `undefined`: it does not run. */
export async function prometheusPortOf(docker: Docker, { instance, environment }: Place): Promise<number | undefined> {
  return (await inspectWatcher(docker, deriveNames(instance, environment).prometheus))?.port;
}

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          name: z.string(),
          state: z.string().optional(),
          health: z.string(),
          lastError: z.string().optional(),
          alerts: z.array(z.object({ state: z.string(), activeAt: z.string().optional() })).nullish(),
        }),
      ),
    }),
  ),
});

const vectorSchema = z.object({
  result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
});

type Rules = z.output<typeof rulesSchema>['groups'];

/** https://prometheus.io/docs/prometheus/latest/querying/api/ */
export async function askPrometheus(port: number, path: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, { signal: AbortSignal.timeout(answerMs) });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return Reflect.get(Object(await response.json()), 'data');
}

export async function readRules(port: number): Promise<Rules> {
  return rulesSchema.parse(await askPrometheus(port, 'rules?type=alert')).groups;
}

/**
 * `undefined`: it was not switched on. Rejects with `ALARMS_UNKNOWN` where Prometheus does not answer.
 *
 * @param thorough also asks whether there are figures to compare, one query for each alarm
 */
export async function readAlarms(
  docker: Docker,
  place: Place,
  { thorough = false } = {},
): Promise<readonly AlarmState[] | undefined> {
  const alarms = await givenAlarms(place);
  if (alarms === undefined) return undefined;
  const port = await prometheusPortOf(docker, place);
  if (port === undefined) throw notAnswering(place, 'its container does not run');
  try {
    const [groups, up] = await Promise.all([
      readRules(port),
      askPrometheus(port, 'query?query=up').then(jobsThatAnswer),
    ]);
    const rules = new Map(groups.flatMap(({ rules: list }) => list.map((rule) => [rule.name, rule] as const)));
    const states = alarms.map((alarm) => stateOf(alarm, rules.get(alarm.name), up));
    if (!thorough) return states;
    return await Promise.all(
      states.map(async (state, index) => {
        const rule = alarms[index]?.rule;
        if (state.state !== 'not firing' || rule === undefined || 'nothing' in rule) return state;
        const found = vectorSchema.parse(
          await askPrometheus(port, `query?query=${encodeURIComponent(rule.datapoint)}`),
        );
        if (found.result.length > 0) return state;
        return { ...state, state: 'no data', because: 'there is no figure of the last period' } as const;
      }),
    );
  } catch (error) {
    throw notAnswering(place, error instanceof Error ? error.message : String(error));
  }
}

/** Jobs of which at least one target answers, with the process where it is one of tasks. */
function jobsThatAnswer(data: unknown): ReadonlySet<string> {
  const { result } = vectorSchema.parse(data);
  return new Set(
    result.flatMap(({ metric, value: [, value] }) => {
      const { job = '', process } = metric;
      return value === '1' ? [process === undefined ? job : `${job} of ${process}`] : [];
    }),
  );
}

/** What an alarm's expression asks for, in the same words. */
function jobsIn(promql: string): readonly string[] {
  const jobs = [...promql.matchAll(/job="([^"]+)"(?:,process=~?"([^"]+)")?/g)].flatMap(([, job = '', processes]) =>
    processes === undefined ? [job] : processes.split('|').map((process) => `${job} of ${process}`),
  );
  return [...new Set([...(promql.includes('haproxy_') ? [jobNames.loadBalancer] : []), ...jobs])];
}

function stateOf(
  { name, condition, runbook, guards, rule }: Alarm,
  found: Rules[number]['rules'][number] | undefined,
  answering: ReadonlySet<string>,
): AlarmState {
  const common = { name, condition, guards, ...(runbook === '' ? {} : { runbook }) };
  if ('nothing' in rule) return { ...common, state: 'not here', because: rule.nothing };
  const firing = found?.alerts?.find(({ state }) => state === 'firing');
  if (firing !== undefined) {
    const { activeAt: since } = firing;
    return { ...common, state: 'firing', ...(since === undefined ? {} : { since: new Date(since).toISOString() }) };
  }
  if (found === undefined) return { ...common, state: 'no data', because: 'Prometheus has not loaded it' };
  if (found.health !== 'ok') {
    return { ...common, state: 'no data', because: found.lastError || 'Prometheus has not evaluated it yet' };
  }
  const silent = jobsIn(rule.promql).filter((job) => !answering.has(job));
  if (silent.length > 0) return { ...common, state: 'no data', because: `${silent.join(', ')}: not answering` };
  return { ...common, state: 'not firing' };
}

/** As `status` shows them. */
export function reportOf(environment: string, alarms: readonly AlarmState[] | undefined): AlarmReport {
  if (alarms === undefined) {
    return { none: `they are switched off on target local: ${stackCommand('local', 'alarms', 'on', environment)}` };
  }
  return {
    firing: alarms.flatMap(({ name, state, condition, since, runbook }) =>
      state === 'firing'
        ? [
            {
              name,
              reason: runbook === undefined ? condition : `${condition}; ${runbook}`,
              ...(since === undefined ? {} : { since }),
            },
          ]
        : [],
    ),
    withoutData: alarms.flatMap(({ name, state }) => (state === 'no data' || state === 'not here' ? [name] : [])),
  };
}

function notAnswering({ environment }: Place, why: string): UserError {
  return new UserError({
    code: 'ALARMS_UNKNOWN',
    message: `The Prometheus of ${environment} does not say which alarms are firing: ${why}.`,
    remedy: `Start it again: npm run stack -- alarms on ${environment}`,
  });
}
