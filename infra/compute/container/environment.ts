import type { SecretReference } from '../../foundation/secret-reference.ts';
import { programOf, releaseCommand } from '../../manifest/app.ts';
import { variablesOf } from '../../manifest/fit.ts';
import { afterImage, partsOf, type Source, secretSources, sourcesIn } from '../../manifest/sources.ts';
import type { ContainerInput } from './input.ts';
import { authoritiesOf, plainValues, roleSecrets, roleVariables, secretValues } from './values.ts';

interface Variable<T> {
  readonly name: string;
  readonly value: T | string;
}

interface Secret<T> {
  readonly name: string;
  readonly reference: SecretReference<T>;
}

/** Environment variables, sorted by name: another order would be a new task definition and a needless rollout. */
export function environmentOf<T>(input: ContainerInput<T>): readonly Variable<T>[] {
  const values = plainValues(input);
  const own = variablesOf(input.app, input.process, input.settings)
    .filter(([, value]) => !isSecret(value))
    .flatMap(([name, value]) => {
      const after = afterImage(value);
      const composed = compose(after ?? value, values, input.concat);
      return composed === undefined ? [] : [{ name: after === undefined ? name : afterName(name), value: composed }];
    });
  const stacks = {
    ...input.ownVariables,
    ...(input.process === releaseCommand ? roleVariables(input) : {}),
    ...(wantsAuthoritiesFile(input) ? { STACK_AUTHORITIES: authoritiesOf(input) } : {}),
  };
  return [...own, ...Object.entries(stacks).map(([name, value]) => ({ name, value }))].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

/** What is put behind the image's own value of a variable, which nobody knows before the container starts. */
function afterName(variable: string): string {
  return `STACK_AFTER_${variable}`;
}

/** Commands of a shell that put them together. */
export function extensionsOf<T>({ app, process, settings }: ContainerInput<T>): readonly string[] {
  return variablesOf(app, process, settings).flatMap(([name, value]) =>
    afterImage(value) === undefined ? [] : [`export ${name}="\${${name}-}\${${afterName(name)}-}"`],
  );
}

/** Secrets that ECS injects when the container starts. The execution role may read exactly these. */
export function secretsOf<T>(input: ContainerInput<T>): readonly Secret<T>[] {
  const values = secretValues(input);
  const own = (programOf(input.app, input.process).secrets ?? []).map((name) => [name, input.secrets[name]] as const);
  const derived = secretVariables(input).map(
    ([name, value]) =>
      [name, isComposed(value) ? input.composed?.[name] : sourcesIn(value).map((source) => values[source])[0]] as const,
  );
  const ofRoles = input.process === releaseCommand ? Object.entries(roleSecrets(input)) : [];
  return [...own, ...derived, ...ofRoles].flatMap(([name, reference]) =>
    reference === undefined ? [] : [{ name, reference }],
  );
}

/** Texts with a secret in them, such as a URL, by the names of their variables: each has to become a secret of its own. */
export function secretTexts<T>(input: ContainerInput<T>): Readonly<Record<string, T | string>> {
  const secrets = Object.entries(secretValues(input)).map(([source, reference]) => [source, reference?.text] as const);
  const values = { ...plainValues(input), ...Object.fromEntries(secrets) };
  const texts = secretVariables(input)
    .filter(([, value]) => isComposed(value))
    .map(([name, value]) => [name, compose(value, values, input.concat)] as const);
  return Object.fromEntries(texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])));
}

export function wantsAuthoritiesFile<T>({ app, process, settings }: ContainerInput<T>): boolean {
  return variablesOf(app, process, settings).some(([, value]) => sourcesIn(value).includes('authorities.file'));
}

function secretVariables<T>({ app, process, settings }: ContainerInput<T>) {
  return variablesOf(app, process, settings).filter(([, value]) => isSecret(value));
}

function isComposed(value: string): boolean {
  return partsOf(value).length > 1;
}

function isSecret(value: string): boolean {
  return sourcesIn(value).some((source) => secretSources.has(source));
}

/** `undefined` where the environment does not have one of the values. */
function compose<T>(
  value: string,
  values: Readonly<Partial<Record<Source, T | string | undefined>>>,
  concat: ContainerInput<T>['concat'],
): T | string | undefined {
  const parts = partsOf(value).map((part) => ('text' in part ? part.text : values[part.source]));
  if (parts.some((part) => part === undefined)) return undefined;
  const known = parts.filter((part) => part !== undefined);
  if (known.every((part) => typeof part === 'string')) return known.join('');
  const [only] = known;
  return known.length === 1 ? only : concat(known);
}
