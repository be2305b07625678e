import {
  type GraphResource,
  ofType,
  type ProgramGraph,
  type Reference,
  referencesIn,
  replaceReferences,
  resourceOf,
} from '../../../infra/graph/query.ts';
import { UserError } from '../../messages/user-error.ts';

/** Nothing of a service is guessed or left out in silence: what AWS would act on and we can't is an error. */
export function notUnderstood(where: string, value: unknown, expected: string): UserError {
  return new UserError({
    code: 'NOT_TRANSLATABLE',
    message: `${where} is ${JSON.stringify(value)}, which the local target does not understand.`,
    rule: `It expects ${expected}.`,
    remedy: 'Teach scripts/local/translate what it means, with a test, or change the program.',
  });
}

/** The one resource of a type; `undefined` when there is none. Rejects several: `expected` says what there may be. */
export function onlyResource(graph: ProgramGraph, type: string, expected: string): GraphResource | undefined {
  const found = ofType(graph, type);
  if (found.length <= 1) return found[0];
  throw notUnderstood(
    'the program',
    found.map(({ name }) => name),
    expected,
  );
}

/** The resource that an input refers to, and to no other one: a task definition, say. */
export function referred(graph: ProgramGraph, value: unknown, where: string): GraphResource {
  const reference = onlyReference(value, where);
  const found = resourceOf(graph, reference);
  if (found === undefined) throw new Error(`the graph has no ${reference.type} named ${reference.name}`);
  return found;
}

/** The only reference of an input such as a target group's ARN. */
export function onlyReference(value: unknown, where: string): Reference {
  const [reference, ...others] = typeof value === 'string' ? referencesIn(value) : [];
  if (reference === undefined || others.length > 0) throw notUnderstood(where, value, 'a reference to one resource');
  return reference;
}

/** Replaces every reference by what it is on this machine. */
export function bindReferences(
  text: string,
  where: string,
  bind: (reference: Reference) => string | undefined,
): string {
  return replaceReferences(text, (reference, whole) => {
    const value = bind(reference);
    if (value === undefined) throw notUnderstood(where, whole, 'an output that exists on this machine');
    return value;
  });
}

export function expectText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw notUnderstood(where, value, 'a string');
}

export function expectNumber(value: unknown, where: string): number {
  if (typeof value === 'number') return value;
  throw notUnderstood(where, value, 'a number');
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
