import {
  CloudWatchClient,
  ListTagsForResourceCommand,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import type { AlarmState } from '../release/alarm-states.ts';
import type { AlarmReport } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';

/** Where Route 53 publishes the metrics of health checks, so that the alarm of the check from outside is there. */
const regionOfHealthChecks = 'us-east-1';
/** Regions of other partitions, which have neither that check nor a way to that region. */
const otherPartition = /^(cn|us-gov)-/;

type Clients = Pick<AwsClients, 'metrics' | 'region' | 'config'>;

/** In the regions that have some of them. */
async function findAlarms({ metrics, region, config }: Clients, names: AwsNames): Promise<readonly MetricAlarm[]> {
  const elsewhere = region === regionOfHealthChecks || otherPartition.test(region);
  const clients = elsewhere ? [metrics] : [metrics, new CloudWatchClient({ ...config, region: regionOfHealthChecks })];
  return (await Promise.all(clients.map((client) => alarmsIn(client, names)))).flat();
}

const states = { ALARM: 'firing', OK: 'not firing', INSUFFICIENT_DATA: 'no data' } as const;

/** Every alarm of the environment, as CloudWatch has it. Which rollouts they guard is in the services, not in them. */
export function readAlarmStates(clients: Clients, names: AwsNames): Promise<readonly AlarmState[]> {
  return talkToAws(async () => {
    const found = await findAlarms(clients, names);
    return found.map((alarm) => {
      const { AlarmName: name = '', StateValue = 'INSUFFICIENT_DATA', StateReason: because } = alarm;
      const since = StateValue === 'ALARM' ? alarm.StateTransitionedTimestamp?.toISOString() : undefined;
      const runbook = / Runbook: (\S+)$/.exec(alarm.AlarmDescription ?? '')?.[1];
      const statistic = alarm.ExtendedStatistic ?? alarm.Statistic ?? '';
      return {
        name,
        state: states[StateValue],
        condition: `${alarm.MetricName ?? ''} (${statistic}) ${alarm.ComparisonOperator} ${alarm.Threshold} in ${alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods} of ${alarm.EvaluationPeriods} periods of ${alarm.Period} s`,
        guards: [],
        ...(since === undefined ? {} : { since }),
        ...(because === undefined || StateValue === 'OK' ? {} : { because }),
        ...(runbook === undefined ? {} : { runbook }),
      };
    });
  });
}

/** They are part of the stack there. */
export function alwaysOn(environment: string): Refusal {
  return new Refusal({
    code: 'ALARMS_ALWAYS_ON',
    message: `The alarms of ${environment} on target aws cannot be switched: CloudWatch always evaluates them.`,
    rule: 'On target local they need a Prometheus, which is there when somebody asks for it.',
    remedy: stackCommand('aws', 'alarms', 'list', environment),
  });
}

/** The environment's alarms that are firing or have no data, as CloudWatch has them. */
export async function readAlarms(clients: Clients, names: AwsNames): Promise<AlarmReport> {
  return talkToAws(async () => {
    const found = await findAlarms(clients, names);
    if (found.length === 0) return { none: `CloudWatch has no alarm ${names.alarmPrefix}…` };
    return {
      firing: found
        .filter(({ StateValue }) => StateValue === 'ALARM')
        .map(({ AlarmName = '', StateReason = '', StateTransitionedTimestamp: since }) => ({
          name: AlarmName,
          reason: StateReason,
          ...(since === undefined ? {} : { since: since.toISOString() }),
        })),
      withoutData: found
        .filter(({ StateValue }) => StateValue === 'INSUFFICIENT_DATA')
        .map(({ AlarmName = '' }) => AlarmName),
    };
  });
}

/** All alarms of that name in a region that may be the environment's: whose those are that are fine does not matter. */
async function alarmsIn(client: CloudWatchClient, names: AwsNames): Promise<readonly MetricAlarm[]> {
  const alarms: MetricAlarm[] = [];
  for await (const page of paginateDescribeAlarms({ client }, { AlarmNamePrefix: names.alarmPrefix })) {
    alarms.push(...(page.MetricAlarms ?? []));
  }
  const [fine, others] = [
    alarms.filter(({ StateValue }) => StateValue === 'OK'),
    alarms.filter(({ StateValue }) => StateValue !== 'OK'),
  ];
  return [...fine, ...(await ownOf(client, names, others))];
}

/** Those with the environment's tags: the name of another environment may begin with that of this one. */
async function ownOf(
  metrics: CloudWatchClient,
  { tags }: AwsNames,
  alarms: readonly MetricAlarm[],
): Promise<readonly MetricAlarm[]> {
  const own = await Promise.all(
    alarms.map(async ({ AlarmArn }) => {
      const { Tags = [] } = await metrics.send(new ListTagsForResourceCommand({ ResourceARN: AlarmArn }));
      return Tags.some(({ Key, Value }) => Key === 'Environment' && Value === tags.Environment);
    }),
  );
  return alarms.filter((_, index) => own[index] === true);
}
