import type { SettingKey, SettingValues } from './setting-keys.ts';

/** A setting that another one asks for. */
export interface SettingDependency {
  /** The one that has to change. */
  readonly key: SettingKey;
  /** Completes the sentence "it must be …". */
  readonly rule: string;
  /** A value that it can have. */
  readonly remedy: string | number | boolean;
  broken(values: SettingValues, region: string): boolean;
}

const isTrafficShift = ({ deploymentStrategy }: SettingValues) => deploymentStrategy !== 'rolling';

/** What does not go together although each value is right by itself. */
export const settingDependencies: readonly SettingDependency[] = Object.freeze([
  {
    key: 'containerInsights',
    rule: 'enabled or enhanced where deploymentStrategy is not rolling: with two target groups only Container Insights counts the tasks of a service',
    remedy: 'enabled',
    broken: (values) => isTrafficShift(values) && values.containerInsights === 'disabled',
  },
]);
