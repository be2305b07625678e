/** What a rule looks at: a resource as the program or the engine describes it. */
export interface Subject {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Of the stack: some rules ask more of what refuses to be deleted. */
  readonly environment: string;
}

/** Says what is wrong with a resource, a sentence each. What is not known yet is not wrong. */
export type Rule = (subject: Subject) => readonly string[];

/** A forbidden thing, by the name under which the policy pack reports it. */
export interface NamedRule {
  readonly name: string;
  readonly description: string;
  readonly check: Rule;
}

/** The object in a JSON document, or undefined while the document is not known. */
export function parseDocument(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value as a list: AWS takes one string where it takes several. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** The fields of an object; none where it is something else or not known yet. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

const taskDefinition = 'aws:ecs/taskDefinition:TaskDefinition';

/** The containers of a task definition; none for other resources, and none while they are not known. */
export function containersOf({ type, inputs }: Subject): readonly Readonly<Record<string, unknown>>[] {
  if (type !== taskDefinition) return [];
  return listOf(parseDocument(inputs['containerDefinitions'])).map(fieldsOf);
}

/** Complains about each container for which the question has the answer yes. */
export function aboutContainers(wrong: (container: Readonly<Record<string, unknown>>) => boolean, says: string): Rule {
  return (subject) =>
    containersOf(subject)
      .filter(wrong)
      .map(({ name }) => `Container ${String(name)} ${says}`);
}
