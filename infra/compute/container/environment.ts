import type { SecretReference } from '../../foundation/secret-reference.ts';
import { programOf } from '../../manifest/app.ts';
import { variablesOf } from '../../manifest/fit.ts';
import { partsOf, type Source, secretSources, sourcesIn } from '../../manifest/sources.ts';
import type { ContainerInput } from './input.ts';
import { plainValues, secretValues } from './values.ts';

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
  return variablesOf(input.app, input.process, input.settings)
    .filter(([, value]) => !isSecret(value))
    .flatMap(([name, value]) => {
      const composed = compose(value, values, input.concat);
      return composed === undefined ? [] : [{ name, value: composed }];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Secrets that ECS injects when the container starts. The execution role may read exactly these. */
export function secretsOf<T>(input: ContainerInput<T>): readonly Secret<T>[] {
  const values = secretValues(input);
  const own = (programOf(input.app, input.process).secrets ?? []).map((name) => [name, input.secrets[name]] as const);
  const derived = variablesOf(input.app, input.process, input.settings)
    .filter(([, value]) => isSecret(value))
    .map(([name, value]) => [name, sourcesIn(value).map((source) => values[source])[0]] as const);
  return [...own, ...derived].flatMap(([name, reference]) => (reference === undefined ? [] : [{ name, reference }]));
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
