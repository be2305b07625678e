import {
  CloudWatchClient,
  ListTagsForResourceCommand,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import type { AlarmReport } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';

/** Where Route 53 publishes the metrics of health checks, so that the alarm of the check from outside is there. */
const regionOfHealthChecks = 'us-east-1';
/** Regions of other partitions, which have neither that check nor a way to that region. */
const otherPartition = /^(cn|us-gov)-/;

/** The environment's alarms that are firing or have no data, as CloudWatch has them. */
export async function readAlarms(
  { metrics, region, config }: Pick<AwsClients, 'metrics' | 'region' | 'config'>,
  names: AwsNames,
): Promise<AlarmReport> {
  const elsewhere = region === regionOfHealthChecks || otherPartition.test(region);
  const clients = elsewhere ? [metrics] : [metrics, new CloudWatchClient({ ...config, region: regionOfHealthChecks })];
  return talkToAws(async () => {
    const found = (await Promise.all(clients.map((client) => alarmsIn(client, names)))).flat();
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
