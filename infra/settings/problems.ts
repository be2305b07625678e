import { didYouMean } from './did-you-mean.ts';
import { type SettingKey, type SettingValues, settingKeys } from './keys/all.ts';
import { settingFacts } from './keys/schema.ts';
import { settingDependencies } from './rules.ts';
import { workerContradictions } from './settings-worker.ts';
import { windowMinutes, windowsOverlap } from './windows.ts';

/** One thing that is wrong with the configuration. */
export interface SettingProblem {
  readonly key: string;
  /** As it would be written in the stack file; `<secret>` for one that is encrypted there; absent: the key is not set. */
  readonly value?: string;
  readonly rule: string;
  readonly remedy: string;
}

/** The configuration of a stack is wrong; lists every problem, not just the first. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingProblem[];

  constructor(environment: string, problems: readonly SettingProblem[]) {
    const count = problems.length === 1 ? '1 setting' : `${problems.length} settings`;
    super([`${count} of ${environment} cannot be used:`, ...problems.map(renderProblem)].join('\n'));
    this.problems = problems;
  }
}

function renderProblem({ key, value, rule, remedy }: SettingProblem): string {
  const is = value === undefined ? `${key} is not set` : `${key} is ${value}`;
  return `  ${is}\n    it must be ${rule}\n    ${remedy}`;
}

export type Shown = (key: string) => Pick<SettingProblem, 'value'>;

export const regionKey = 'aws:region';

export function regionProblems(
  config: Readonly<Record<string, string>>,
  environment: string,
  shown: Shown,
): SettingProblem[] {
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(config[regionKey] ?? '')) return [];
  return [
    {
      key: regionKey,
      ...shown(regionKey),
      rule: 'the name of an AWS region, such as eu-central-1',
      remedy: `pulumi config set ${regionKey} eu-central-1 --stack ${environment}`,
    },
  ];
}

export function unknownKey(key: string, environment: string, shown: Pick<SettingProblem, 'value'>): SettingProblem {
  const nearest = didYouMean(key, Object.keys(settingKeys.shape));
  return {
    key,
    ...shown,
    rule: 'a setting that exists: docs/settings.md lists them all',
    remedy:
      nearest === undefined
        ? `Remove it: pulumi config rm ${key} --stack ${environment}`
        : `Did you mean ${nearest}? Remove this one: pulumi config rm ${key} --stack ${environment}`,
  };
}

export function brokenRule(key: SettingKey, environment: string, shown: Pick<SettingProblem, 'value'>): SettingProblem {
  const facts = settingFacts.get(settingKeys.shape[key]);
  return {
    key,
    ...shown,
    rule: facts?.rule ?? 'as docs/settings.md says',
    remedy: `pulumi config set ${key} '${facts?.example ?? ''}' --stack ${environment}`,
  };
}

/** Rules that no key can break alone. */
export function contradictions(values: SettingValues, environment: string, shown: Shown): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const against = (key: SettingKey, rule: string, remedy: string) => {
    problems.push({ key, ...shown(key), value: shown(key).value ?? `${values[key]} (default)`, rule, remedy });
  };
  const set = (key: SettingKey, value: string | number) => `pulumi config set ${key} ${value} --stack ${environment}`;
  if (values.apiMaxCount < values.apiDesiredCount) {
    against(
      'apiMaxCount',
      `at least apiDesiredCount, ${values.apiDesiredCount}`,
      set('apiMaxCount', values.apiDesiredCount),
    );
  }
  // RDS refuses a limit less than 10 % above the allocated storage.
  const leastMax = values.databaseStorageGiB + Math.ceil(values.databaseStorageGiB / 10);
  if (values.databaseMaxStorageGiB < leastMax) {
    against(
      'databaseMaxStorageGiB',
      `at least 10 % above databaseStorageGiB, so ${leastMax}`,
      set('databaseMaxStorageGiB', leastMax),
    );
  }
  for (const key of ['databaseBackupWindow', 'databaseMaintenanceWindow'] as const) {
    if (windowMinutes(values[key]) < 30) against(key, 'half an hour long at least', set(key, '<window>'));
  }
  if (windowsOverlap(values.databaseBackupWindow, values.databaseMaintenanceWindow)) {
    against(
      'databaseMaintenanceWindow',
      `apart from databaseBackupWindow, ${values.databaseBackupWindow}`,
      set('databaseMaintenanceWindow', '<window>'),
    );
  }
  for (const { key, rule, instead } of workerContradictions(values)) against(key, rule, set(key, instead));
  const region = shown(regionKey).value ?? '';
  for (const { key, rule, remedy, broken } of settingDependencies) {
    if (broken(values, region)) against(key, rule, set(key, String(remedy)));
  }
  if (values.domainName !== undefined && values.hostedZoneId === undefined) {
    problems.push({ key: 'hostedZoneId', rule: 'set when domainName is', remedy: set('hostedZoneId', '<zone id>') });
  }
  if (values.hostedZoneId !== undefined && values.domainName === undefined) {
    problems.push({ key: 'domainName', rule: 'set when hostedZoneId is', remedy: set('domainName', '<name>') });
  }
  for (const [given, missing] of [
    ['stopTasksAt', 'startTasksAt'],
    ['startTasksAt', 'stopTasksAt'],
  ] as const) {
    if (values[given] === undefined || values[missing] !== undefined) continue;
    problems.push({ key: missing, rule: `set when ${given} is`, remedy: set(missing, '<hh:mm>') });
  }
  for (const [given, missing, example] of [
    ['alarmSlackTeamId', 'alarmSlackChannelId', '<channel id>'],
    ['alarmSlackChannelId', 'alarmSlackTeamId', '<workspace id>'],
    ['mailFrom', 'mailIdentityArn', '<arn>'],
    ['mailIdentityArn', 'mailFrom', '<address>'],
  ] as const) {
    if (values[given] === undefined || values[missing] !== undefined) continue;
    problems.push({ key: missing, rule: `set when ${given} is`, remedy: set(missing, example) });
  }
  for (const key of ['githubOidcProviderArn', 'stateBucket'] as const) {
    if (values[key] === undefined || values.githubRepository !== undefined) continue;
    problems.push({
      key: 'githubRepository',
      rule: `set when ${key} is`,
      remedy: set('githubRepository', '<owner>/<name>'),
    });
  }
  return problems;
}
