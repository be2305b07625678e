import { api } from './api.ts';
import { continuousDelivery } from './continuous-delivery.ts';
import { database } from './database.ts';
import { edge } from './edge.ts';
import { existing } from './existing.ts';
import { type SettingsOf, settingsOf, type ValuesOf } from './group.ts';
import { mail, tracing } from './mail-and-traces.ts';
import { network } from './network.ts';
import { operation } from './operation.ts';
import { release } from './release.ts';
import { rollout } from './rollout.ts';
import type { Setting } from './schema.ts';
import { timing } from './timing.ts';
import { valkey } from './valkey.ts';
import { worker } from './worker.ts';

const groups = Object.freeze([
  network,
  database,
  release,
  api,
  worker,
  valkey,
  mail,
  tracing,
  rollout,
  timing,
  edge,
  existing,
  operation,
  continuousDelivery,
] as const);

type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** All settings by the names under which the program uses them. */
export type AllSettings = Intersection<(typeof groups)[number]['tree']>;
export const allSettings = Object.freeze(Object.assign({}, ...groups.map(({ tree }) => tree))) as AllSettings;

/** Parsed values by key, before they are grouped. */
export type SettingValues = ValuesOf<AllSettings>;
export type SettingKey = SettingsOf<AllSettings>['key'];

/** All settings by key, in the order in which docs/settings.md explains them. */
export const settingsByKey: ReadonlyMap<string, Setting> = new Map(
  groups.flatMap(({ tree }) => settingsOf(tree)).map((setting) => [setting.key, setting]),
);

/** Titles and settings of docs/settings.md. A setting that two groups use is in the first of them. */
export const settingGroups = groups.map(({ title, tree }, index) => {
  const before = new Set(groups.slice(0, index).flatMap((group) => settingsOf(group.tree)));
  return { title, settings: [...new Set(settingsOf(tree))].filter((setting) => !before.has(setting)) };
});
