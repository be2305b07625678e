import { didYouMean } from './did-you-mean.ts';
import { settingsByKey } from './keys/all.ts';
import { type Given, type SettingProblem, shownValue } from './problems.ts';

/** The variable of the app that a key sets, as in `app:LOG_FORMAT`; `undefined` for every other key. */
export function variableOf(key: string): string | undefined {
  const [, name] = /^app:([A-Za-z_]\w*)$/.exec(key) ?? [];
  return name === undefined || settingsByKey.has(name) ? undefined : name;
}

/** The key of a setting without the project's namespace; all other keys stay as they are. */
export function plainKey(key: string, project: string | undefined): string {
  return project !== undefined && variableOf(key) === undefined && key.startsWith(`${project}:`)
    ? key.slice(project.length + 1)
    : key;
}

/**
 * Settings under a namespace that is not the project's: the prefix is mistyped, or the project was renamed in Pulumi.yaml.
 * Pulumi ignores them, so that every one of them would silently have its default.
 */
export function namespaceProblems(given: Given, project: string | undefined): readonly SettingProblem[] {
  const byNamespace = new Map<string, string[]>();
  for (const key of Object.keys(given.config)) {
    const [namespace = '', name] = key.split(':');
    if (name === undefined || variableOf(key) !== undefined || !isMeantForProject(namespace, name, project)) continue;
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), key]);
  }
  return [...byNamespace].map(([namespace, keys]) => problemOf(given, namespace, keys, project));
}

const enginesOwn: ReadonlySet<string> = new Set(['aws', 'pulumi']);

function isMeantForProject(namespace: string, name: string, project: string | undefined): boolean {
  if (settingsByKey.has(name)) return true;
  // A project may be called `app`, which is one letter from `aws`.
  if (enginesOwn.has(namespace)) return false;
  return project !== undefined && didYouMean(namespace, [project]) !== undefined;
}

function problemOf(
  given: Given,
  namespace: string,
  keys: readonly string[],
  project: string | undefined,
): SettingProblem {
  const [first = '', ...others] = keys;
  const expected = `${project === undefined ? '' : `${project}:`}${first.slice(namespace.length + 1)}`;
  const file = `Pulumi.${given.environment}.yaml`;
  return {
    keys,
    found:
      others.length === 0
        ? `is ${shownValue(given, first)}, under the namespace ${namespace}`
        : `are under the namespace ${namespace}`,
    rule: `under the namespace ${project ?? 'of the project'}, the name of the project in Pulumi.yaml`,
    remedy:
      others.length === 0
        ? `Rename it in ${file}: ${expected}`
        : `Rename all ${keys.length} in ${file}, such as ${expected}; or, if the project was renamed, restore name: ${namespace} in Pulumi.yaml`,
  };
}
