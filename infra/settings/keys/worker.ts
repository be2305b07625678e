import { cacheNodeTypes } from '../../catalog/elasticache-node-types.ts';
import { choice, integer, oneOf, optionalText, text } from './schema.ts';

/** Settings of what works on jobs, and of what it needs; the other groups are in setting-keys.ts. */
export const valkeySettings = {
  valkey: choice(['on', 'off'], {
    description:
      'Valkey (ElastiCache) for the cache, for rate limits that all tasks share, and for jobs. off: nothing is cached, each task limits by itself, and jobs wait in the outbox.',
    default: 'on',
    change: 'restart',
  }),
  valkeyNodeType: choice(cacheNodeTypes, {
    description: 'Size of Valkey. Three quarters of its memory are for data; beyond that, writes fail.',
    default: 'cache.t4g.micro',
    change: 'in place',
  }),
  valkeyReplicas: integer({
    description:
      'Copies of Valkey in other zones. With one at least, ElastiCache fails over to it; without, what was in memory is gone with the node.',
    min: 0,
    max: 5,
    default: 0,
    change: 'in place',
    source: 'A shard of ElastiCache has up to five replicas.',
  }),
  valkeySnapshotRetentionDays: integer({
    description: 'How long daily snapshots of Valkey are kept; 0 takes none.',
    unit: 'days',
    min: 0,
    max: 35,
    default: 1,
    change: 'in place',
  }),
  valkeySnapshotWindow: text(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, {
    description: 'When the daily snapshot of Valkey is taken, in UTC.',
    rule: 'hh:mm-hh:mm, an hour at least, apart from valkeyMaintenanceWindow',
    default: '01:00-02:00',
    change: 'in place',
  }),
  valkeyMaintenanceWindow: text(
    /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/,
    {
      description: 'When ElastiCache may patch and restart Valkey, in UTC.',
      rule: 'ddd:hh:mm-ddd:hh:mm, an hour at least, apart from valkeySnapshotWindow',
      default: 'sun:04:30-sun:05:30',
      change: 'in place',
    },
  ),
};

export const workerSettings = {
  worker: choice(['on', 'off'], {
    description: 'The service that works on jobs; it needs Valkey. off: jobs wait in the outbox until there is one.',
    default: 'on',
    change: 'in place',
  }),
  workerCpuUnits: oneOf([256, 512, 1024, 2048, 4096, 8192, 16384], {
    description: 'Processor share of a worker task; 1024 is one vCPU.',
    unit: 'CPU units',
    default: 256,
    change: 'restart',
  }),
  workerMemoryMiB: integer({
    description: 'Memory of a worker task. The limit of the container and the heap of Node follow from it.',
    unit: 'MiB',
    min: 512,
    max: 122_880,
    default: 512,
    change: 'restart',
  }),
  workerDesiredCount: integer({
    description: 'Desired count of worker tasks at the start, and the least that autoscaling leaves.',
    unit: 'tasks',
    min: 1,
    max: 100,
    default: 1,
    change: 'in place',
  }),
  workerMaxCount: integer({
    description: 'The most worker tasks that autoscaling starts. Equal to workerDesiredCount: no autoscaling.',
    unit: 'tasks',
    min: 1,
    max: 100,
    default: 2,
    change: 'restart',
  }),
  workerConcurrency: integer({
    description: 'Jobs that a worker task has in hand at the same time. Its pool of database connections follows.',
    unit: 'jobs',
    min: 1,
    max: 100,
    default: 4,
    change: 'restart',
  }),
  longestJobSeconds: integer({
    description:
      'How long a job may go on after its task was told to stop. The stop timeout of the worker follows; what takes longer is handed back.',
    unit: 's',
    min: 1,
    max: 110,
    default: 30,
    change: 'restart',
    source: 'Fargate kills a task 120 s after SIGTERM at the latest.',
  }),
  queueAgeTargetSeconds: integer({
    description: 'Age of the oldest waiting job that autoscaling keeps.',
    unit: 's',
    min: 1,
    max: 86_400,
    default: 30,
    change: 'in place',
  }),
};

export const tracingSettings = {
  collectorImage: optionalText(/^\S+@sha256:[0-9a-f]{64}$/, {
    description:
      'Image of the collector that takes the app’s traces to X-Ray, one beside each task of API and worker. Without it the app makes no traces.',
    rule: 'an image reference that ends in @sha256:<64 hex digits>',
    example: 'public.ecr.aws/aws-observability/aws-otel-collector@sha256:<64 hex digits>',
    change: 'restart',
    source:
      'A tag can be moved; a digest cannot. AWS publishes the image as public.ecr.aws/aws-observability/aws-otel-collector.',
  }),
  collectorMemoryMiB: integer({
    description: 'Memory of a collector, which the app’s container does without.',
    unit: 'MiB',
    min: 64,
    max: 2048,
    default: 128,
    change: 'restart',
  }),
};

export const mailSettings = {
  mailFrom: optionalText(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, {
    description:
      'Sender of the app’s mails, which go out through SES; needs mailIdentityArn. Without it they are logged, without addresses.',
    rule: 'an e-mail address of an identity that is verified in SES',
    example: 'hello@example.com',
    change: 'restart',
  }),
  mailIdentityArn: optionalText(/^arn:aws(-cn|-us-gov)?:ses:[a-z]{2}(-[a-z]+)+-\d:\d{12}:identity\/[^\s/]+$/, {
    description: 'The SES identity, a domain or an address, that the app may send as; somebody verified it.',
    rule: 'the ARN of an SES identity',
    example: 'arn:aws:ses:eu-central-1:123456789012:identity/example.com',
    change: 'in place',
  }),
};
