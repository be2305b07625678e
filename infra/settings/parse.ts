import { environmentNameProblems } from './environment-name.ts';
import { allSettings, type SettingValues, settingsByKey } from './keys/all.ts';
import { assemble } from './keys/group.ts';
import { type ProcessValues, processSettingOf } from './keys/process.ts';
import type { Setting } from './keys/schema.ts';
import { namespaceProblems, plainKey, variableOf } from './namespaces.ts';
import {
  brokenRule,
  type Given,
  invalidValue,
  regionKey,
  regionProblems,
  type SettingProblem,
  SettingsError,
  secretVariable,
  unknownKey,
} from './problems.ts';
import { settingRules } from './rules.ts';
import type { Settings } from './settings.ts';

export interface ParseOptions {
  /** Namespace of the settings: the name of the project in Pulumi.yaml. */
  readonly project?: string;
  /** Keys whose values no error shows. */
  readonly secretKeys?: ReadonlySet<string>;
  /** Settings that do not exist are no problem: the stack file is an earlier program's. */
  readonly ignoreUnknown?: boolean;
}

/**
 * Turns the configuration of a stack into settings.
 *
 * @param config with or without the namespace of the project, and with `aws:region`
 * @throws one SettingsError that lists all problems
 */
export function parseSettings(
  config: Readonly<Record<string, string>>,
  environment: string,
  { project, secretKeys = new Set(), ignoreUnknown = false }: ParseOptions = {},
): Settings {
  const given: Given = {
    environment,
    config: Object.fromEntries(Object.entries(config).map(([key, value]) => [plainKey(key, project), value])),
    secretKeys: new Set([...secretKeys].map((key) => plainKey(key, project))),
  };
  const { values, invalid } = parseValues(given);
  const region = given.config[regionKey] ?? '';
  const ofProcesses = parseProcesses(given);
  const problems = [
    ...environmentNameProblems(environment),
    ...regionProblems(given),
    ...namespaceProblems(given, project),
    ...(ignoreUnknown ? [] : unknownKeys(given)),
    ...secretVariables(given),
    ...invalid,
    ...ofProcesses.invalid,
    ...(invalid.length === 0 ? brokenRules(given, values, region) : []),
  ];
  if (problems.length > 0) throw new SettingsError(environment, problems);
  return freeze({
    environment,
    region,
    variables: variablesIn(given),
    processes: ofProcesses.values,
    ...assemble(allSettings, values),
  });
}

/** Values of the app's plain variables: `app:LOG_FORMAT`. */
function variablesIn({ config }: Given): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => {
      const name = variableOf(key);
      return name === undefined ? [] : [[name, value]];
    }),
  );
}

function secretVariables(given: Given): readonly SettingProblem[] {
  return [...given.secretKeys].filter((key) => variableOf(key) !== undefined).map(secretVariable);
}

function unknownKeys(given: Given): readonly SettingProblem[] {
  const keys = Object.keys(given.config).filter(
    (key) => !key.includes(':') && !settingsByKey.has(key) && processSettingOf(key) === undefined,
  );
  return keys.map((key) => unknownKey(given, key));
}

/** Values such as `adminMemoryMiB`. Which processes there are is for the app's manifest to say. */
function parseProcesses(given: Given): {
  readonly values: Readonly<Record<string, ProcessValues>>;
  readonly invalid: readonly SettingProblem[];
} {
  const values: Record<string, ProcessValues> = {};
  const invalid: SettingProblem[] = [];
  for (const [key, text] of Object.entries(given.config)) {
    const found = settingsByKey.has(key) ? undefined : processSettingOf(key);
    if (found === undefined) continue;
    const { success, data } = found.setting.schema.safeParse(text);
    if (success) values[found.prefix] = { ...values[found.prefix], [found.name]: data };
    else invalid.push(invalidValue(given, key));
  }
  return { values, invalid };
}

/** `values` is complete only when nothing is invalid. */
function parseValues(given: Given): { readonly values: SettingValues; readonly invalid: readonly SettingProblem[] } {
  const results = [...settingsByKey.values()].map((setting) => ({
    setting,
    result: setting.schema.safeParse(textOf(setting, given)),
  }));
  const values = results.map(({ setting, result }) => [setting.key, result.data] as const);
  return {
    values: Object.fromEntries(values) as SettingValues,
    invalid: results.filter(({ result }) => !result.success).map(({ setting }) => invalidValue(given, setting.key)),
  };
}

/** Pulumi requires a default for each declared key. That of an optional setting is empty, and means that it is not set. */
function textOf({ key, facts }: Setting, { config }: Given): string | undefined {
  const value = config[key];
  return value === '' && facts.default === undefined ? undefined : value;
}

function brokenRules(given: Given, values: SettingValues, region: string): readonly SettingProblem[] {
  return settingRules.filter(({ broken }) => broken(values, region)).map((rule) => brokenRule(given, values, rule));
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner);
  return Object.freeze(value);
}
