import { z } from 'zod';
import { instanceClasses } from '../../catalog/rds-instance-classes.ts';
import { releaseSchema } from '../../release/pinned-release.ts';
import { rolloutSettings } from './rollout.ts';
import { choice, flag, integer, oneOf, optionalText, settingFacts, text } from './schema.ts';
import { mailSettings, tracingSettings, valkeySettings, workerSettings } from './worker.ts';

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const logRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const network = {
  vpcCidr: text(
    /^10\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\.0\.0\/16$|^172\.(1[6-9]|2\d|3[01])\.0\.0\/16$|^192\.168\.0\.0\/16$/,
    {
      description: 'Address range of the VPC. Two environments that are ever to be peered need different ones.',
      rule: 'a private /16 range: 10.x.0.0/16, 172.16-31.0.0/16 or 192.168.0.0/16',
      default: '10.0.0.0/16',
      change: 'replace',
    },
  ),
  availabilityZones: integer({
    description: 'Zones over which subnets, tasks and load balancer are spread.',
    min: 2,
    max: 3,
    default: 2,
    change: 'replace',
    source: 'An ALB and an RDS subnet group need two zones; all regions have two, most have three.',
  }),
  natGateways: choice(['none', 'single', 'per-zone'], {
    description:
      'NAT gateways: a single one is cheaper, one per zone keeps the others going when a zone fails. none: tasks reach AWS by vpcEndpoints, and nothing else outside.',
    default: 'single',
    change: 'in place',
  }),
  vpcEndpoints: choice(['none', 's3', 'all'], {
    description:
      's3: layers of images do not pass the NAT gateway, at no cost. all: nor do logs, secrets and the registry; each of these endpoints is paid by the hour.',
    default: 's3',
    change: 'in place',
  }),
  flowLogs: choice(['off', 'rejected', 'all'], {
    description: 'Whether connections in the VPC are logged: none, those that were refused, or all; paid by the GB.',
    default: 'off',
    change: 'in place',
  }),
};

const database = {
  databaseInstanceClass: choice(instanceClasses, {
    description: 'Size of the database. Its memory decides max_connections, hence the pool of each task.',
    default: 'db.t4g.micro',
    change: 'reboot',
  }),
  databaseEngineVersion: text(/^1[67](\.\d+)?$/, {
    description:
      'Version of PostgreSQL; without a minor version RDS picks one and upgrades it in the maintenance window.',
    rule: 'PostgreSQL 16 or 17, with or without a minor version, such as 17 or 17.4',
    default: '17',
    change: 'reboot',
  }),
  databaseName: text(/^[a-z][a-z0-9_]{0,62}$/, {
    description: 'Name of the database inside the instance.',
    rule: 'up to 63 lower-case letters, digits and underscores, a letter first',
    default: 'app',
    change: 'replace',
  }),
  databaseStorageGiB: integer({
    description: 'Storage at the start; RDS can grow it, never shrink it.',
    unit: 'GiB',
    min: 20,
    max: 65536,
    default: 20,
    change: 'in place',
    source: 'gp3 on RDS for PostgreSQL starts at 20 GiB.',
  }),
  databaseMaxStorageGiB: integer({
    description: 'Up to where storage grows by itself.',
    unit: 'GiB',
    min: 22,
    max: 65536,
    default: 100,
    change: 'in place',
  }),
  databaseMultiAz: flag({
    description: 'Keeps a standby in another zone, to which RDS fails over; doubles the price of the instance.',
    default: false,
    change: 'in place',
  }),
  databaseBackupRetentionDays: integer({
    description: 'How far back the database can be restored to a point in time.',
    unit: 'days',
    min: 1,
    max: 35,
    default: 7,
    change: 'in place',
  }),
  databaseFinalSnapshot: flag({
    description: 'Takes a snapshot when the database is deleted.',
    default: true,
    change: 'none',
  }),
  databaseReservedConnections: integer({
    description: 'Connections that no task gets: for the superuser (3), RDS itself (2), and people.',
    min: 5,
    max: 100,
    default: 10,
    change: 'restart',
  }),
  databasePoolSizeMax: integer({
    description:
      'Upper limit of the pool of one task; the real size also depends on max_connections and the task count.',
    min: 2,
    max: 100,
    default: 10,
    change: 'restart',
  }),
  databaseAuthentication: choice(['password', 'iam'], {
    description:
      'How the app logs in to the database: by a password in Secrets Manager, or by tokens of IAM, which last for 15 minutes and are nowhere kept.',
    default: 'password',
    change: 'restart',
    source:
      'RDS recommends IAM authentication for less than 200 new connections a second; it needs memory on the instance.',
  }),
  databaseProxy: flag({
    description:
      'Puts RDS Proxy between the app and the database: connections outlast a failover. Migrations connect to the database itself.',
    default: false,
    change: 'restart',
    source: 'It saves no connections for this app: node-postgres gets one of its own for each that it opens.',
  }),
  databaseConnectTimeoutMs: integer({
    description: 'How long a task waits for a database connection.',
    unit: 'ms',
    min: 100,
    max: 60_000,
    default: 5_000,
    change: 'restart',
  }),
  databaseStatementTimeoutMs: integer({
    description: 'How long one SQL statement may take before the database ends it.',
    unit: 'ms',
    min: 100,
    max: 600_000,
    default: 10_000,
    change: 'restart',
  }),
  databaseSlowStatementMs: integer({
    description: 'Statements that take longer are logged, with their text.',
    unit: 'ms',
    min: 10,
    max: 600_000,
    default: 1_000,
    change: 'in place',
  }),
  databaseIdleInTransactionTimeoutMs: integer({
    description: 'How long a transaction may do nothing before the database ends its session: it holds its locks, too.',
    unit: 'ms',
    min: 1_000,
    max: 3_600_000,
    default: 60_000,
    change: 'in place',
  }),
  databaseBackupWindow: text(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, {
    description: 'When the daily backup is taken, in UTC.',
    rule: 'hh:mm-hh:mm, half an hour at least, apart from databaseMaintenanceWindow',
    default: '02:00-03:00',
    change: 'in place',
  }),
  databaseMaintenanceWindow: text(
    /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/,
    {
      description: 'When RDS may patch and restart the database, in UTC.',
      rule: 'ddd:hh:mm-ddd:hh:mm, half an hour at least, apart from databaseBackupWindow',
      default: 'sun:03:30-sun:04:30',
      change: 'in place',
    },
  ),
};

const release = {
  releaseSource: choice(['build', 'promoted'], {
    description:
      'build: the program builds the image of the work tree. promoted: it runs the release that was promoted here, and builds only while there is none.',
    default: 'build',
    change: 'restart',
  }),
  release: releaseSchema.optional().register(settingFacts, {
    type: 'string',
    description: 'Pins a release: its image runs and nothing is built. Written by promotion and rollback.',
    rule: 'JSON with version, image, digest, commit and migrations, as `stack history --json` prints it',
    example: '{"version":"0.1.0-0123456789ab","image":"…@sha256:…","digest":"sha256:…","commit":"…","migrations":[]}',
    change: 'restart',
  }),
  migrationTimeoutSeconds: integer({
    description: 'How long the migrations of a release may take before they are stopped and the release is given up.',
    unit: 's',
    min: 60,
    max: 86_400,
    default: 900,
    change: 'none',
  }),
  imageRetentionCount: integer({
    description:
      'How many images the registry keeps, and how many promoted ones: older releases cannot be rolled back to.',
    unit: 'images',
    min: 10,
    max: 1000,
    default: 100,
    change: 'in place',
    source: 'An SSM parameter keeps 100 versions, so the ledger goes back no further.',
  }),
  registryRetained: flag({
    description: 'Leaves the registry and its images when the environment is deleted: another one may run them.',
    default: true,
    change: 'none',
  }),
  imagePullAccountIds: optionalText(/^\d{12}(,\d{12})*$/, {
    description:
      'AWS accounts beside this one that may pull the images, where environments have accounts of their own.',
    rule: 'account ids of 12 digits, separated by commas',
    example: '123456789012,210987654321',
    change: 'in place',
  }),
  cpuArchitecture: choice(['X86_64', 'ARM64'], {
    description: 'Processor of the tasks and of the image. ARM64 is cheaper; building it on another machine is slow.',
    default: 'X86_64',
    change: 'restart',
  }),
  appDirectory: text(/^(\.\.\/)*[A-Za-z0-9_][A-Za-z0-9._/-]*$/, {
    description:
      'Folder of the app: its Dockerfile, package.json and migrations. With a .dockerignore of its own it is all that the build gets; without one, the build gets what the project’s .dockerignore leaves.',
    rule: 'a path from the project’s folder, with forward slashes',
    default: 'app',
    change: 'restart',
  }),
  smokeTest: optionalText(/^(\.\.\/)*[A-Za-z0-9_][A-Za-z0-9._/-]*\.(ts|js|mjs)$/, {
    description: 'Module that verifies a release through its API; smoke.ts in the app’s folder when absent.',
    rule: 'a path from the project’s folder to a module that exports `smoke`',
    example: 'app/smoke.ts',
    change: 'none',
  }),
  nodeBaseImage: optionalText(/^\S+@sha256:[0-9a-f]{64}$/, {
    description: 'Node image on which the app is built, where the pinned one in the Dockerfile cannot be pulled.',
    rule: 'an image reference that ends in @sha256:<64 hex digits>',
    example: 'registry.example.com/node@sha256:<64 hex digits>',
    change: 'restart',
    source: 'A tag can be moved; a digest cannot.',
  }),
};

const api = {
  apiCpuUnits: oneOf([256, 512, 1024, 2048, 4096, 8192, 16384], {
    description: 'Processor share of an API task; 1024 is one vCPU.',
    unit: 'CPU units',
    default: 256,
    change: 'restart',
  }),
  apiMemoryMiB: integer({
    description: 'Memory of an API task. The limit of the container and the heap of Node follow from it.',
    unit: 'MiB',
    min: 512,
    max: 122_880,
    default: 512,
    change: 'restart',
  }),
  apiDesiredCount: integer({
    description: 'Desired count of API tasks at the start, and the least that autoscaling leaves.',
    unit: 'tasks',
    min: 1,
    max: 100,
    default: 2,
    change: 'in place',
  }),
  apiMaxCount: integer({
    description: 'The most API tasks that autoscaling starts. Equal to apiDesiredCount: no autoscaling.',
    unit: 'tasks',
    min: 1,
    max: 100,
    default: 4,
    change: 'restart',
  }),
  cpuTargetPercent: integer({
    description: 'Average CPU use that autoscaling keeps.',
    unit: '%',
    min: 10,
    max: 90,
    default: 60,
    change: 'in place',
  }),
  memoryTargetPercent: integer({
    description: 'Average memory use that autoscaling keeps.',
    unit: '%',
    min: 10,
    max: 90,
    default: 80,
    change: 'in place',
  }),
  requestsPerTargetPerMinute: integer({
    description: 'Requests per minute and task that autoscaling keeps.',
    unit: 'requests/min',
    min: 1,
    max: 1_000_000,
    default: 6_000,
    change: 'in place',
  }),
  stopTasksAt: optionalText(/^([01]\d|2[0-3]):[0-5]\d$/, {
    description:
      'When all tasks stop, every day, to save what they cost; needs startTasksAt. Until then nothing is served, and no release can be brought up.',
    rule: 'a time of day, hh:mm',
    example: '20:00',
    change: 'in place',
  }),
  startTasksAt: optionalText(/^([01]\d|2[0-3]):[0-5]\d$/, {
    description: 'When the tasks start again, from Monday to Friday.',
    rule: 'a time of day, hh:mm',
    example: '07:00',
    change: 'in place',
  }),
  scheduleTimezone: text(/^(UTC|[A-Z][A-Za-z]+\/[A-Za-z_/-]+)$/, {
    description: 'Time zone of stopTasksAt and startTasksAt.',
    rule: 'a name of the IANA time zone database, such as Europe/Berlin',
    default: 'UTC',
    change: 'in place',
  }),
  bodyLimitKiB: integer({
    description: 'Largest request body that is accepted.',
    unit: 'KiB',
    min: 1,
    max: 102_400,
    default: 100,
    change: 'restart',
  }),
  logLevel: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
    description: 'Least severe lines that are logged.',
    default: 'info',
    change: 'restart',
  }),
};

const timing = {
  longestRequestSeconds: integer({
    description:
      'The longest request that is served. Shutdown budget, request timeout and deregistration delay follow from it.',
    unit: 's',
    min: 1,
    max: 110,
    default: 20,
    change: 'restart',
  }),
  drainDelaySeconds: integer({
    description:
      'How long a stopping task answers 503 on /ready and still serves, so that load balancers turn away from it.',
    unit: 's',
    min: 1,
    max: 60,
    default: 5,
    change: 'restart',
    source: 'A task stopped by StopTask still gets requests for 3 to 5 s: aws/containers-roadmap#708, #576.',
  }),
  closeMarginSeconds: integer({
    description: 'Time to close the connection pool and flush the logs after the last request.',
    unit: 's',
    min: 1,
    max: 60,
    default: 5,
    change: 'restart',
  }),
  stopTimeoutSeconds: integer({
    description: 'Stop timeout of a container: SIGKILL comes this long after SIGTERM.',
    unit: 's',
    min: 2,
    max: 120,
    default: 35,
    change: 'restart',
    source: 'Fargate allows 2 to 120 s: ECS ContainerDefinition.stopTimeout.',
  }),
  slowestBootSeconds: integer({
    description: 'The longest that a task takes from its start to its first 200 on /ready.',
    unit: 's',
    min: 5,
    max: 300,
    default: 60,
    change: 'restart',
    source: 'It is the start period of the container health check, which ECS limits to 300 s.',
  }),
  healthCheckIntervalSeconds: integer({
    description: 'Time between two health checks of the target group.',
    unit: 's',
    min: 5,
    max: 300,
    default: 5,
    change: 'restart',
  }),
  healthCheckTimeoutSeconds: integer({
    description: 'How long a health check waits for the answer.',
    unit: 's',
    min: 2,
    max: 120,
    default: 4,
    change: 'restart',
  }),
  healthyThreshold: integer({
    description: 'Health checks in a row that must pass before a task gets traffic.',
    min: 2,
    max: 10,
    default: 2,
    change: 'in place',
  }),
  toleratedOutageSeconds: integer({
    description: 'How long /ready may fail, as while the database fails over, before tasks are replaced for it.',
    unit: 's',
    min: 10,
    max: 600,
    default: 30,
    change: 'in place',
    source: 'ECS replaces tasks that their target group calls unhealthy, all of them if all are.',
  }),
  readyTimeoutMs: integer({
    description: 'How long /ready waits for one dependency.',
    unit: 'ms',
    min: 100,
    max: 60_000,
    default: 2_000,
    change: 'restart',
  }),
  albIdleTimeoutSeconds: integer({
    description: 'How long the load balancer keeps an idle connection; the app keeps it longer.',
    unit: 's',
    min: 1,
    max: 4000,
    default: 60,
    change: 'restart',
  }),
};

const edge = {
  domainName: optionalText(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, {
    description:
      'Name under which the API is reached by HTTPS; needs hostedZoneId. Without it the load balancer serves plain HTTP.',
    rule: 'a DNS name in lower case',
    example: 'api.example.com',
    change: 'in place',
  }),
  hostedZoneId: optionalText(/^Z[A-Z0-9]{5,31}$/, {
    description: 'Route 53 zone in which domainName and the proof of its certificate are written.',
    rule: 'the id of a hosted zone, such as Z0123456789ABCDEFGHIJ',
    example: 'Z0123456789ABCDEFGHIJ',
    change: 'in place',
  }),
  firewall: choice(['off', 'count', 'block'], {
    description:
      'Web application firewall before the load balancer: whether it stops what its rules match, only counts it, or is not there.',
    default: 'block',
    change: 'in place',
  }),
  requestsPerIpPer5Minutes: integer({
    description: 'Requests that the firewall lets through from one address.',
    unit: 'requests in 5 min',
    min: 10,
    max: 2_000_000_000,
    default: 2_000,
    change: 'in place',
    source: 'The limits are those of a rate-based rule of WAF. Many people can share an address.',
  }),
  syntheticCheck: flag({
    description:
      'Asks /ready from other continents every 30 s, by Route 53, and raises an alarm when it cannot be reached.',
    default: false,
    change: 'in place',
    source: 'It sees what no metric of the stack shows: DNS, certificate, firewall.',
  }),
  accessLogRetentionDays: integer({
    description: 'How long the load balancer’s access logs are kept.',
    unit: 'days',
    min: 1,
    max: 3653,
    default: 30,
    change: 'in place',
  }),
};

const operation = {
  deletionProtection: flag({
    description: 'Refuses to delete the database and the load balancer, and to empty the registry and the log bucket.',
    default: true,
    change: 'in place',
  }),
  logRetentionDays: oneOf(logRetentionDays, {
    description: 'How long logs are kept.',
    unit: 'days',
    default: 30,
    change: 'in place',
  }),
  containerInsights: choice(['disabled', 'enabled', 'enhanced'], {
    description: 'Container Insights of the cluster, paid by metric: off, by service, or by task as well.',
    default: 'enabled',
    change: 'in place',
  }),
  encryption: choice(['aws-managed', 'customer-managed'], {
    description:
      'Whose key encrypts what holds data. customer-managed: a key of this environment, rotated every year, whose policy says who uses it.',
    default: 'aws-managed',
    change: 'replace',
    source:
      'RDS and ECR take a key only when they are made: choose before the first up. ELB writes access logs only to buckets with S3’s own keys.',
  }),
  alarmEmail: optionalText(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, {
    description: 'Address that alarms are sent to; AWS asks it to confirm.',
    rule: 'an e-mail address',
    example: 'ops@example.com',
    change: 'in place',
  }),
  alarmSlackTeamId: optionalText(/^T[A-Z0-9]{6,20}$/, {
    description:
      'Slack workspace that alarms are sent to; needs alarmSlackChannelId. A person lets Amazon Q Developer in chat applications into it first, once, in the AWS console.',
    rule: 'the id of a workspace: T and letters and digits',
    example: 'T07EA123LEP',
    change: 'in place',
  }),
  alarmSlackChannelId: optionalText(/^[CG][A-Z0-9]{6,20}$/, {
    description: 'Slack channel that alarms are sent to; into a private one, invite @Amazon Q.',
    rule: 'the id of a channel: C or G and letters and digits',
    example: 'C07EZ1ABC23',
    change: 'in place',
  }),
};

const continuousDelivery = {
  githubRepository: optionalText(
    /^[A-Za-z0-9][A-Za-z0-9-]{0,38}(@\d+\/[A-Za-z0-9._-]{1,100}@\d+|\/[A-Za-z0-9._-]{1,100})$/,
    {
      description:
        'GitHub repository whose workflows may deploy; its name is pinned in the roles that they take. Without it no role is made.',
      rule: 'owner/name, or owner@id/name@id where GitHub names repositories by their ids',
      example: 'example/api',
      change: 'in place',
      source:
        'It has to be the form that the subject of the repository’s tokens has: GitHub’s page on OpenID Connect says which.',
    },
  ),
  githubOidcProviderArn: optionalText(
    /^arn:aws(-cn|-us-gov)?:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/,
    {
      description:
        'Identity provider of GitHub Actions in this account, where another environment or stack has made it. Without it this environment makes it.',
      rule: 'the ARN of the identity provider token.actions.githubusercontent.com',
      example: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
      change: 'replace',
      source: 'An account can have one provider for each issuer.',
    },
  ),
  stateBucket: optionalText(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
    description: 'S3 bucket of the Pulumi backend, for the roles of the workflows; not needed for another backend.',
    rule: 'the name of an S3 bucket, without s3://',
    example: 'example-pulumi-state',
    change: 'in place',
  }),
};

/** All settings by what they are about, in the order in which they are explained. */
export const settingGroups = Object.freeze({
  Network: network,
  Database: database,
  Release: release,
  'API service': api,
  'Worker service': workerSettings,
  Valkey: valkeySettings,
  Mail: mailSettings,
  Tracing: tracingSettings,
  'Rollout and capacity': rolloutSettings,
  'Timing and health': timing,
  Edge: edge,
  Operation: operation,
  'Continuous delivery': continuousDelivery,
});

/** The one truth about settings: each key with its parser, its default and, in setting-schema.ts, its rule and meaning. */
export const settingKeys = z.object({
  ...network,
  ...database,
  ...release,
  ...api,
  ...workerSettings,
  ...valkeySettings,
  ...mailSettings,
  ...tracingSettings,
  ...rolloutSettings,
  ...timing,
  ...edge,
  ...operation,
  ...continuousDelivery,
});

export type SettingValues = z.output<typeof settingKeys>;
export type SettingKey = keyof SettingValues;

/** Whether a key can be left empty; Pulumi wants a default for each declared key, and the empty string is theirs. */
export function isOptional(key: string): boolean {
  const schema = Object.entries(settingKeys.shape).find(([known]) => known === key)?.[1];
  return schema !== undefined && settingFacts.get(schema)?.default === undefined;
}
