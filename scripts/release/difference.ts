import type { Release } from '../../infra/release/release.ts';

/** Settings by key, as text; secrets are not among them. */
export type SettingValues = Readonly<Record<string, string>>;

interface SettingDifference {
  readonly key: string;
  /** `undefined`: not set there. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export interface SettingsDifference {
  readonly different: readonly SettingDifference[];
  /** How many keys have the same value on both sides. */
  readonly equal: number;
}

/** What is set otherwise in two environments, by key; equal keys are only counted. */
export function compareSettings(from: SettingValues, to: SettingValues): SettingsDifference {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  const different = keys.filter((key) => from[key] !== to[key]).map((key) => ({ key, from: from[key], to: to[key] }));
  return { different, equal: keys.length - different.length };
}

export interface ReleaseDifference {
  readonly before: Release | undefined;
  readonly after: Release;
  /** Migrations that only the later one contains: they run before it gets traffic. */
  readonly migrationsToRun: readonly string[];
  /** Migrations that only the earlier one contains: the schema keeps them. */
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
