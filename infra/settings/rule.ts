import { type SettingKey, type SettingValues, settingsByKey } from './keys/all.ts';

/** How a rule mentions another setting: by its key, and in an error with its value. */
type Mention = (key: SettingKey) => string;

/** A rule between settings: each value is valid by itself, but not together with the others. */
export interface SettingRule {
  /** The setting to change. */
  readonly key: SettingKey;
  /** Completes the sentence "It must be …". */
  readonly rule: string | ((mention: Mention) => string);
  /** A value that satisfies the rule. */
  readonly remedy: string | number | boolean | ((values: SettingValues, region: string) => string | number);
  broken(values: SettingValues, region: string): boolean;
}

/** A list that is not set is empty. */
export function isSet(value: SettingValues[SettingKey]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

export function together(one: SettingKey, other: SettingKey): readonly SettingRule[] {
  return [needs(one, other), needs(other, one)];
}

/** `needed` has to be set when `given` is. */
export function needs(given: SettingKey, needed: SettingKey): SettingRule {
  return {
    key: needed,
    rule: `set when ${given} is set`,
    remedy: settingsByKey.get(needed)?.facts.example ?? '',
    broken: (values) => isSet(values[given]) && !isSet(values[needed]),
  };
}
