import { didYouMean } from './did-you-mean.ts';
import { type SettingKey, type SettingValues, settingsByKey } from './keys/all.ts';
import { processSettingOf } from './keys/process.ts';
import type { SettingRule } from './rule.ts';

/** One thing that is wrong with the configuration. */
export interface SettingProblem {
  /** More than one only when they share the problem and its remedy. */
  readonly keys: readonly string[];
  /** Follows the keys: `is "2"`. Never contains the value of a secret. */
  readonly found: string;
  /** Completes the sentence "It must be …". */
  readonly rule: string;
  readonly remedy: string;
}

/** The configuration of a stack is invalid. Lists every problem, not just the first. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingProblem[];

  constructor(environment: string, problems: readonly SettingProblem[]) {
    const count = new Set(problems.flatMap(({ keys }) => keys)).size;
    const headline = count === 1 ? `1 setting of ${environment} is` : `${count} settings of ${environment} are`;
    super([`${headline} invalid:`, ...problems.map(renderProblem)].join('\n'));
    this.problems = problems;
  }
}

function renderProblem({ keys, found, rule, remedy }: SettingProblem): string {
  return `  ${keys.join(', ')} ${found}\n    It must be ${rule}.\n    ${remedy}`;
}

/** What problems are described with: the configuration as it was given, and which of its values are secret. */
export interface Given {
  readonly environment: string;
  /** By key: plain names of settings, full names such as `aws:region` of everything else. */
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: ReadonlySet<string>;
}

/** A value as an error may show it; `undefined` when it is not set. */
export function shownValue({ config, secretKeys }: Given, key: string): string | undefined {
  const value = config[key];
  if (value === undefined) return undefined;
  return secretKeys.has(key) ? '<secret>' : JSON.stringify(value);
}

function found(given: Given, key: string): string {
  const shown = shownValue(given, key);
  return shown === undefined ? 'is not set' : `is ${shown}`;
}

export const regionKey = 'aws:region';

export function regionProblems(given: Given): readonly SettingProblem[] {
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(given.config[regionKey] ?? '')) return [];
  return [
    {
      keys: [regionKey],
      found: found(given, regionKey),
      rule: 'the name of an AWS Region, such as eu-central-1',
      remedy: setCommand(given, regionKey, 'eu-central-1'),
    },
  ];
}

export function unknownKey(given: Given, key: string): SettingProblem {
  const nearest = didYouMean(key, [...settingsByKey.keys()]);
  const remove = `pulumi config rm ${key} --stack ${given.environment}`;
  return {
    keys: [key],
    found: found(given, key),
    rule: 'a setting that exists: docs/settings.md lists them all',
    remedy: nearest === undefined ? `Remove it: ${remove}` : `Did you mean ${nearest}? Remove this one: ${remove}`,
  };
}

export function secretVariable(key: string): SettingProblem {
  return {
    keys: [key],
    found: 'is encrypted',
    rule: 'plain: a task definition shows the variables of a process to everybody who may read it',
    remedy: 'Declare a secret in the app’s manifest, and remove this value.',
  };
}

export function invalidValue(given: Given, key: string): SettingProblem {
  const { rule = '', example = '' } = (settingsByKey.get(key) ?? processSettingOf(key)?.setting)?.facts ?? {};
  return { keys: [key], found: found(given, key), rule, remedy: setCommand(given, key, example) };
}

export function brokenRule(given: Given, values: SettingValues, { key, rule, remedy }: SettingRule): SettingProblem {
  const isDefault = settingsByKey.get(key)?.facts.default !== undefined && given.config[key] === undefined;
  return {
    keys: [key],
    found: isDefault ? `is ${values[key]}, the default` : found(given, key),
    rule: typeof rule === 'string' ? rule : rule((other) => `${other} (${mentioned(given, values, other)})`),
    remedy: setCommand(
      given,
      key,
      String(typeof remedy === 'function' ? remedy(values, given.config[regionKey] ?? '') : remedy),
    ),
  };
}

function mentioned({ config, secretKeys }: Given, values: SettingValues, key: SettingKey): string {
  if (secretKeys.has(key)) return '<secret>';
  return config[key] === undefined ? `${values[key]}, the default` : `${values[key]}`;
}

function setCommand({ environment }: Given, key: string, value: string): string {
  if (value === '') return `pulumi config rm ${key} --stack ${environment}`;
  const quoted = /^[\w.:/@,-]+$/.test(value) ? value : `'${value}'`;
  return `pulumi config set ${key} ${quoted} --stack ${environment}`;
}
