import type { Release } from '../../infra/release/release.ts';

/** Settings by key, as text, without secrets. */
export type SettingValues = Readonly<Record<string, string>>;

interface SettingDifference {
  readonly key: string;
  /** `undefined`: not set. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export interface SettingsDifference {
  readonly different: readonly SettingDifference[];
  /** Number of keys with the same value on both sides. */
  readonly equal: number;
}

/** The settings that differ between two environments; equal ones are only counted. */
export function compareSettings(from: SettingValues, to: SettingValues): SettingsDifference {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  const different = keys.filter((key) => from[key] !== to[key]).map((key) => ({ key, from: from[key], to: to[key] }));
  return { different, equal: keys.length - different.length };
}

export interface ReleaseDifference {
  readonly before: Release | undefined;
  readonly after: Release;
  /** Migrations that only the later release contains: they run before it gets traffic. */
  readonly migrationsToRun: readonly string[];
  /** Migrations that only the earlier release contains: they stay in the schema. */
  readonly migrationsLeft: readonly string[];
}

export function compareReleases(before: Release | undefined, after: Release): ReleaseDifference {
  const names = (release: Release | undefined) => release?.migrations.map(({ name }) => name) ?? [];
  return {
    before,
    after,
    migrationsToRun: names(after).filter((name) => !names(before).includes(name)),
    migrationsLeft: names(before).filter((name) => !names(after).includes(name)),
  };
}
