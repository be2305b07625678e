import { HealthCheck } from '@pulumi/aws/route53/healthCheck.js';
import { Topic } from '@pulumi/aws/sns/topic.js';
import { TopicSubscription } from '@pulumi/aws/sns/topicSubscription.js';
import * as pulumi from '@pulumi/pulumi';
import type { Edge } from '../edge/edge.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import { type App, frontOf, readinessOf } from '../manifest/app.ts';
import type { Settings } from '../settings/settings.ts';
import { createAlarm } from './alarm.ts';
import type { Notifications } from './notifications.ts';

export interface OutsideCheckArgs {
  readonly settings: Settings;
  readonly app: App;
  readonly naming: Naming;
  readonly edge: Edge;
  readonly notifications: Notifications;
}

/** Route 53 publishes metrics of health checks here only, and an alarm must be in the region of its metric. */
const region = 'us-east-1';

/**
 * A Route 53 health check that requests the readiness path from several continents. It detects what metrics of the stack cannot show: a
 * wrong DNS record, an expired certificate, a firewall that blocks everybody. A CloudWatch Synthetics canary would do the
 * same with a function, a bucket and a role, and is charged per run.
 *
 * Cost: the health check per month (more with HTTPS) and an alarm. It sends a few requests per second to it.
 * Change: adding or removing it changes nothing else.
 */
export class OutsideCheck extends pulumi.ComponentResource {
  constructor(name: string, args: OutsideCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:OutsideCheck', name, {}, opts);
    if (args.settings.edge.syntheticCheck) createCheck(name, args, this);
    this.registerOutputs({});
  }
}

function createCheck(name: string, args: OutsideCheckArgs, parent: pulumi.Resource): void {
  const { app, settings, naming, edge } = args;
  const front = frontOf(app);
  const secure = settings.edge.domain !== undefined;
  const check = new HealthCheck(
    name,
    {
      type: secure ? 'HTTPS' : 'HTTP',
      fqdn: edge.host,
      port: secure ? 443 : 80,
      resourcePath: readinessOf(front.http),
      requestInterval: 30,
      failureThreshold: 3,
      ...(secure ? { enableSni: true } : {}),
      tags: { ...naming.tags, Name: physicalName(naming, 'from-outside') },
    },
    { parent },
  );
  createAlarm(
    `${front.name}-from-outside`,
    {
      naming,
      topicArn: topicOf(name, args, parent),
      runbook: 'app-unreachable',
      runbooks: args.notifications.runbooks,
      region,
      reason: 'AWS calls it unhealthy after three failed checks in a row, from most of its places.',
      description:
        'The app is unreachable from the internet. If no other alarm is firing, check the DNS record and the certificate.',
      metric: {
        namespace: 'AWS/Route53',
        name: 'HealthCheckStatus',
        dimensions: { HealthCheckId: check.id },
        statistic: 'Minimum',
      },
      comparison: 'LessThanThreshold',
      threshold: 1,
      periodSeconds: 60,
      periods: 2,
      missingData: 'breaching',
    },
    parent,
  );
}

/** An alarm can notify only a topic in its own region. */
function topicOf(name: string, { settings, naming, notifications }: OutsideCheckArgs, parent: pulumi.Resource) {
  if (settings.region === region) return notifications.topicArn;
  const topic = new Topic(name, { name: physicalName(naming, 'alarms'), region, tags: naming.tags }, { parent });
  const { alarmEmail } = settings.observability;
  if (alarmEmail !== undefined) {
    new TopicSubscription(
      `${name}-email`,
      { topic: topic.arn, protocol: 'email', endpoint: alarmEmail, region },
      { parent },
    );
  }
  return topic.arn;
}
