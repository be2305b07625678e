import type { InstanceClass } from '../catalog/rds-instance-classes.ts';
import type { Release } from '../release/release.ts';
import { isOptional, type SettingKey, type SettingValues, settingKeys } from './keys/all.ts';
import {
  brokenRule,
  contradictions,
  regionKey,
  regionProblems,
  type SettingProblem,
  SettingsError,
  type Shown,
  unknownKey,
} from './problems.ts';
import { parseRolloutStrategy, type RolloutStrategy } from './rollout-strategy.ts';
import { type ValkeySettings, valkeySettings, type WorkerSettings, workerSettings } from './settings-worker.ts';

/** Either both are set, or neither: a half-configured domain cannot be expressed. */
export interface Domain {
  readonly name: string;
  readonly hostedZoneId: string;
}

/** What the web application firewall does. */
export interface Firewall {
  readonly mode: 'count' | 'block';
  readonly requestsPerIpPer5Minutes: number;
}

/** When no task runs: from an evening hour until the morning of the next working day. */
export interface NightlyStop {
  readonly from: string;
  readonly until: string;
  readonly timezone: string;
}

/** Whom mails are from, and what SES knows the sender as. */
export interface Mail {
  readonly from: string;
  readonly identityArn: string;
}

/** What takes the app's traces on. */
export interface Tracing {
  readonly collectorImage: string;
  readonly collectorMemoryMiB: number;
}

/** Whose workflows may deploy, and what they need besides. */
export interface Github {
  /** As the subject of its tokens names it. */
  readonly repository: string;
  /** Present: somebody else made it. */
  readonly oidcProviderArn?: string;
  readonly stateBucket?: string;
}

/** Parsed configuration of one environment, grouped by who uses it. */
export interface Settings {
  readonly environment: string;
  readonly region: string;
  /** Deletion of what holds data or an address is refused while true. */
  readonly deletionProtection: boolean;
  readonly network: {
    readonly cidr: string;
    readonly availabilityZones: number;
    readonly natGateways: SettingValues['natGateways'];
    readonly vpcEndpoints: SettingValues['vpcEndpoints'];
    readonly flowLogs: SettingValues['flowLogs'];
  };
  readonly database: {
    readonly instanceClass: InstanceClass;
    readonly engineVersion: string;
    readonly name: string;
    readonly storageGiB: number;
    readonly maxStorageGiB: number;
    readonly multiAz: boolean;
    readonly backupRetentionDays: number;
    readonly finalSnapshot: boolean;
    readonly reservedConnections: number;
    readonly poolSizeMax: number;
    readonly authentication: SettingValues['databaseAuthentication'];
    readonly proxy: boolean;
    readonly connectTimeoutMs: number;
    readonly statementTimeoutMs: number;
    readonly slowStatementMs: number;
    readonly idleInTransactionTimeoutMs: number;
    readonly backupWindow: string;
    readonly maintenanceWindow: string;
  };
  readonly release: {
    readonly source: 'build' | 'promoted';
    /** Present: this release runs and nothing is built. */
    readonly pinned?: Release;
    readonly retentionCount: number;
    readonly registryRetained: boolean;
    readonly pullAccountIds: readonly string[];
    readonly cpuArchitecture: 'X86_64' | 'ARM64';
    /** From the project's folder. */
    readonly appDirectory: string;
    readonly nodeBaseImage?: string;
  };
  /** How long the migrations of a release may take. */
  readonly migrationTimeoutSeconds: number;
  readonly api: {
    readonly cpuUnits: number;
    readonly memoryMiB: number;
    readonly desiredCount: number;
    readonly maxCount: number;
    readonly cpuTargetPercent: number;
    readonly memoryTargetPercent: number;
    readonly requestsPerTargetPerMinute: number;
    readonly bodyLimitKiB: number;
  };
  /** Absent: nothing works on jobs. */
  readonly worker?: WorkerSettings;
  /** Absent: there is none. */
  readonly valkey?: ValkeySettings;
  /** Absent: mails are logged instead of sent. */
  readonly mail?: Mail;
  /** Absent: no traces are made. */
  readonly tracing?: Tracing;
  readonly rollout: RolloutStrategy;
  readonly capacity: {
    /** Of the tasks beyond those on demand. */
    readonly spotPercent: number;
    readonly onDemandCount: number;
  };
  readonly encryption: SettingValues['encryption'];
  /** Whether a shell can be opened in a task. */
  readonly ecsExec: boolean;
  /** Absent: tasks run day and night. */
  readonly nightlyStop?: NightlyStop;
  readonly logLevel: SettingValues['logLevel'];
  readonly timing: Pick<
    SettingValues,
    | 'longestRequestSeconds'
    | 'drainDelaySeconds'
    | 'closeMarginSeconds'
    | 'stopTimeoutSeconds'
    | 'slowestBootSeconds'
    | 'healthCheckIntervalSeconds'
    | 'healthCheckTimeoutSeconds'
    | 'healthyThreshold'
    | 'toleratedOutageSeconds'
    | 'readyTimeoutMs'
    | 'albIdleTimeoutSeconds'
  >;
  readonly edge: {
    readonly domain?: Domain;
    /** Absent: switched off. */
    readonly firewall?: Firewall;
    readonly syntheticCheck: boolean;
    readonly accessLogRetentionDays: number;
  };
  readonly observability: {
    readonly logRetentionDays: number;
    readonly containerInsights: SettingValues['containerInsights'];
    readonly alarmEmail?: string;
    readonly alarmSlack?: { readonly teamId: string; readonly channelId: string };
  };
  /** Absent: no workflow may deploy. */
  readonly github?: Github;
}

/**
 * Turns the configuration of a stack into settings.
 * `config` has the project's keys without their namespace, and `aws:region`.
 * Throws one SettingsError that lists all problems; never prints a value whose key is in `secretKeys`.
 */
export function parseSettings(
  config: Readonly<Record<string, string>>,
  environment: string,
  secretKeys: ReadonlySet<string> = new Set(),
): Settings {
  const problems: SettingProblem[] = [];
  const own = Object.fromEntries(
    Object.entries(config).filter(([key, value]) => !key.includes(':') && !(value === '' && isOptional(key))),
  );
  const shown: Shown = (key) => {
    const value = config[key];
    return value === undefined ? {} : { value: secretKeys.has(key) ? '<secret>' : JSON.stringify(value) };
  };

  if (!/^[a-z][a-z0-9-]{0,19}$/.test(environment)) {
    problems.push({
      key: 'the name of the stack',
      value: JSON.stringify(environment),
      rule: 'up to 20 lower-case letters, digits and hyphens, a letter first: it is part of the names of AWS resources',
      remedy: 'Create the stack under such a name: pulumi stack init <name>',
    });
  }
  problems.push(...regionProblems(config, environment, shown));
  for (const key of Object.keys(own)) {
    if (!(key in settingKeys.shape)) problems.push(unknownKey(key, environment, shown(key)));
  }
  const parsed = settingKeys.safeParse(own);
  if (!parsed.success) {
    const keys = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
    for (const key of keys) problems.push(brokenRule(key as SettingKey, environment, shown(key)));
  }
  if (parsed.success) problems.push(...contradictions(parsed.data, environment, shown));
  if (!parsed.success || problems.length > 0) throw new SettingsError(environment, problems);
  return freeze(group(parsed.data, config[regionKey] ?? '', environment));
}

function group(values: SettingValues, region: string, environment: string): Settings {
  return {
    environment,
    region,
    deletionProtection: values.deletionProtection,
    network: {
      cidr: values.vpcCidr,
      availabilityZones: values.availabilityZones,
      natGateways: values.natGateways,
      vpcEndpoints: values.vpcEndpoints,
      flowLogs: values.flowLogs,
    },
    database: {
      instanceClass: values.databaseInstanceClass,
      engineVersion: values.databaseEngineVersion,
      name: values.databaseName,
      storageGiB: values.databaseStorageGiB,
      maxStorageGiB: values.databaseMaxStorageGiB,
      multiAz: values.databaseMultiAz,
      backupRetentionDays: values.databaseBackupRetentionDays,
      finalSnapshot: values.databaseFinalSnapshot,
      reservedConnections: values.databaseReservedConnections,
      poolSizeMax: values.databasePoolSizeMax,
      authentication: values.databaseAuthentication,
      proxy: values.databaseProxy,
      connectTimeoutMs: values.databaseConnectTimeoutMs,
      statementTimeoutMs: values.databaseStatementTimeoutMs,
      slowStatementMs: values.databaseSlowStatementMs,
      idleInTransactionTimeoutMs: values.databaseIdleInTransactionTimeoutMs,
      backupWindow: values.databaseBackupWindow,
      maintenanceWindow: values.databaseMaintenanceWindow,
    },
    release: {
      source: values.releaseSource,
      ...(values.release === undefined ? {} : { pinned: values.release }),
      retentionCount: values.imageRetentionCount,
      registryRetained: values.registryRetained,
      pullAccountIds: values.imagePullAccountIds?.split(',') ?? [],
      cpuArchitecture: values.cpuArchitecture,
      appDirectory: values.appDirectory,
      ...(values.nodeBaseImage === undefined ? {} : { nodeBaseImage: values.nodeBaseImage }),
    },
    migrationTimeoutSeconds: values.migrationTimeoutSeconds,
    api: {
      cpuUnits: values.apiCpuUnits,
      memoryMiB: values.apiMemoryMiB,
      desiredCount: values.apiDesiredCount,
      maxCount: values.apiMaxCount,
      cpuTargetPercent: values.cpuTargetPercent,
      memoryTargetPercent: values.memoryTargetPercent,
      requestsPerTargetPerMinute: values.requestsPerTargetPerMinute,
      bodyLimitKiB: values.bodyLimitKiB,
    },
    ...workerSettings(values),
    ...valkeySettings(values),
    ...mail(values),
    ...tracing(values),
    rollout: parseRolloutStrategy(values),
    capacity: { spotPercent: values.spotPercent, onDemandCount: values.onDemandCount },
    encryption: values.encryption,
    ecsExec: values.ecsExec,
    ...nightlyStop(values),
    logLevel: values.logLevel,
    timing: {
      longestRequestSeconds: values.longestRequestSeconds,
      drainDelaySeconds: values.drainDelaySeconds,
      closeMarginSeconds: values.closeMarginSeconds,
      stopTimeoutSeconds: values.stopTimeoutSeconds,
      slowestBootSeconds: values.slowestBootSeconds,
      healthCheckIntervalSeconds: values.healthCheckIntervalSeconds,
      healthCheckTimeoutSeconds: values.healthCheckTimeoutSeconds,
      healthyThreshold: values.healthyThreshold,
      toleratedOutageSeconds: values.toleratedOutageSeconds,
      readyTimeoutMs: values.readyTimeoutMs,
      albIdleTimeoutSeconds: values.albIdleTimeoutSeconds,
    },
    edge: {
      ...(values.domainName === undefined || values.hostedZoneId === undefined
        ? {}
        : { domain: { name: values.domainName, hostedZoneId: values.hostedZoneId } }),
      ...(values.firewall === 'off'
        ? {}
        : { firewall: { mode: values.firewall, requestsPerIpPer5Minutes: values.requestsPerIpPer5Minutes } }),
      syntheticCheck: values.syntheticCheck,
      accessLogRetentionDays: values.accessLogRetentionDays,
    },
    observability: {
      logRetentionDays: values.logRetentionDays,
      containerInsights: values.containerInsights,
      ...(values.alarmEmail === undefined ? {} : { alarmEmail: values.alarmEmail }),
      ...alarmSlack(values),
    },
    ...(values.githubRepository === undefined ? {} : { github: github(values, values.githubRepository) }),
  };
}

function nightlyStop({ stopTasksAt, startTasksAt, scheduleTimezone }: SettingValues): Pick<Settings, 'nightlyStop'> {
  if (stopTasksAt === undefined || startTasksAt === undefined) return {};
  return { nightlyStop: { from: stopTasksAt, until: startTasksAt, timezone: scheduleTimezone } };
}

function mail({ mailFrom, mailIdentityArn }: SettingValues): Pick<Settings, 'mail'> {
  if (mailFrom === undefined || mailIdentityArn === undefined) return {};
  return { mail: { from: mailFrom, identityArn: mailIdentityArn } };
}

function tracing({ collectorImage, collectorMemoryMiB }: SettingValues): Pick<Settings, 'tracing'> {
  return collectorImage === undefined ? {} : { tracing: { collectorImage, collectorMemoryMiB } };
}

function alarmSlack({
  alarmSlackTeamId: teamId,
  alarmSlackChannelId: channelId,
}: SettingValues): Pick<Settings['observability'], 'alarmSlack'> {
  return teamId === undefined || channelId === undefined ? {} : { alarmSlack: { teamId, channelId } };
}

function github({ githubOidcProviderArn, stateBucket }: SettingValues, repository: string): Github {
  return {
    repository,
    ...(githubOidcProviderArn === undefined ? {} : { oidcProviderArn: githubOidcProviderArn }),
    ...(stateBucket === undefined ? {} : { stateBucket }),
  };
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner);
  return Object.freeze(value);
}
