import type { NamedRule } from './rule.ts';

/** Zero and absent both mean never expire: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html */
export const endlessLog: NamedRule = {
  name: 'endless-log',
  description: 'Log groups have a retention period.',
  check: ({ type, inputs }) =>
    type === 'aws:cloudwatch/logGroup:LogGroup' &&
    (inputs['retentionInDays'] === undefined || inputs['retentionInDays'] === 0)
      ? ['The log group never expires its events: set retentionInDays.']
      : [],
};
