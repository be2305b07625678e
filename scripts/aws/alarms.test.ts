import type { DescribeAlarmsCommandInput, ListTagsForResourceCommandInput } from '@aws-sdk/client-cloudwatch';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readAlarms } from './alarms.ts';
import { createClients } from './clients.ts';
import { namesOf } from './names.ts';

interface Alarm {
  readonly name: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly environment?: string;
}

type Input = Partial<DescribeAlarmsCommandInput & ListTagsForResourceCommandInput>;

const since = new Date('2026-11-21T09:30:00Z');
const names = namesOf('prod');

afterEach(() => {
  vi.restoreAllMocks();
});

/** CloudWatch with these alarms by region, two on a page. */
function cloudWatch(regions: Readonly<Record<string, readonly Alarm[]>>) {
  const asked: string[] = [];
  vi.spyOn(CloudWatchClient.prototype, 'send').mockImplementation(async function send(
    this: CloudWatchClient,
    command: { readonly input: object },
  ) {
    const region = await this.config.region();
    const alarms = regions[region] ?? [];
    const { AlarmNamePrefix = '', NextToken = '0', ResourceARN } = command.input as Input;
    if (ResourceARN !== undefined) {
      const own = alarms.find(({ name }) => `arn:${name}` === ResourceARN);
      return { Tags: [{ Key: 'Environment', Value: own?.environment ?? 'prod' }] };
    }
    asked.push(`${region} ${AlarmNamePrefix}`);
    const from = Number(NextToken);
    const MetricAlarms = alarms.slice(from, from + 2).map(({ name, state }) => ({
      AlarmName: name,
      AlarmArn: `arn:${name}`,
      StateValue: state,
      StateReason: `${name} says why`,
      StateTransitionedTimestamp: since,
    }));
    return { MetricAlarms, ...(from + 2 < alarms.length ? { NextToken: String(from + 2) } : {}) };
  });
  const clients = createClients({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  return { clients, asked };
}

describe('alarms of an environment', () => {
  test('are those that fire and those without data, from every page', async () => {
    const { clients, asked } = cloudWatch({
      'eu-central-1': [
        { name: 'nest-fargate-prod-a', state: 'OK' },
        { name: 'nest-fargate-prod-b', state: 'ALARM' },
        { name: 'nest-fargate-prod-c', state: 'INSUFFICIENT_DATA' },
        { name: 'nest-fargate-prod-d', state: 'ALARM' },
      ],
    });

    expect(await readAlarms(clients, names)).toEqual({
      firing: ['b', 'd'].map((letter) => ({
        name: `nest-fargate-prod-${letter}`,
        reason: `nest-fargate-prod-${letter} says why`,
        since: since.toISOString(),
      })),
      withoutData: ['nest-fargate-prod-c'],
    });
    expect(asked.filter((line) => line === 'eu-central-1 nest-fargate-prod-')).toHaveLength(2);
  });

  test('are also those of the check from outside, which are in another region', async () => {
    const { clients } = cloudWatch({
      'eu-central-1': [{ name: 'nest-fargate-prod-a', state: 'OK' }],
      'us-east-1': [{ name: 'nest-fargate-prod-outside', state: 'ALARM' }],
    });

    expect(await readAlarms(clients, names)).toMatchObject({ firing: [{ name: 'nest-fargate-prod-outside' }] });
  });

  test('are not those of another environment whose name begins with this one’s', async () => {
    const { clients } = cloudWatch({
      'eu-central-1': [
        { name: 'nest-fargate-prod-a', state: 'OK' },
        { name: 'nest-fargate-prod-eu-api-errors', state: 'ALARM', environment: 'prod-eu' },
      ],
    });

    expect(await readAlarms(clients, names)).toEqual({ firing: [], withoutData: [] });
  });

  test('that do not exist are not called quiet', async () => {
    expect(await readAlarms(cloudWatch({}).clients, names)).toEqual({
      none: 'CloudWatch has no alarm nest-fargate-prod-…',
    });
  });
});
