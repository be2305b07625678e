/** A resource as the program or the engine describes it. */
export interface Subject {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Returns one sentence per problem of a resource. Values that are not known yet are not problems. */
export type Rule = (subject: Subject) => readonly string[];

/** A rule with the name under which the policy pack reports it. */
export interface NamedRule {
  readonly name: string;
  readonly description: string;
  readonly check: Rule;
}

/** Parses a JSON document. `undefined` while the document is not known. */
export function parseDocument(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value as a list: AWS accepts one string in place of a list. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Fields of an object. None if it is something else or not known yet. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

const taskDefinition = 'aws:ecs/taskDefinition:TaskDefinition';

/** Containers of a task definition. None for other resources, and while they are not known. */
export function containersOf({ type, inputs }: Subject): readonly Readonly<Record<string, unknown>>[] {
  if (type !== taskDefinition) return [];
  return listOf(parseDocument(inputs['containerDefinitions'])).map(fieldsOf);
}

/** A rule that reports every container that matches. */
export function aboutContainers(wrong: (container: Readonly<Record<string, unknown>>) => boolean, says: string): Rule {
  return (subject) =>
    containersOf(subject)
      .filter(wrong)
      .map(({ name }) => `Container ${String(name)} ${says}`);
}
