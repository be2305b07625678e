import type { NamedRule } from './rule.ts';

/** Zero, like nothing, means for ever: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html */
export const endlessLog: NamedRule = {
  name: 'endless-log',
  description: 'Logs are kept for a time, not for ever.',
  check: ({ type, inputs }) =>
    type === 'aws:cloudwatch/logGroup:LogGroup' &&
    (inputs['retentionInDays'] === undefined || inputs['retentionInDays'] === 0)
      ? ['The log group keeps its lines for ever: set retentionInDays.']
      : [],
};
