import { arnsOverlap, overlap, type PolicyStatement } from './policies.ts';

/** What a request says of itself and of the resource that it is about, by condition key. */
export type Context = Readonly<Record<string, string>>;

/**
 * Whether statements allow an action on a resource, as IAM evaluates them: the action, the resource, and every condition
 * of one statement. The operators are those that the policies of this project use.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * @param resource an ARN, or `*` for an action that has no resources
 * @throws Error for an operator that it does not know
 */
export function allows(
  statements: readonly PolicyStatement[],
  action: string,
  resource: string,
  context: Context,
): boolean {
  return statements.some(
    (statement) =>
      statement.effect === 'Allow' &&
      statement.actions.some((each) => each.toLowerCase() === action.toLowerCase()) &&
      statement.resources.some((pattern) => (resource === '*' ? pattern === '*' : arnsOverlap(pattern, resource))) &&
      Object.entries(statement.conditions).every(([operator, keys]) =>
        Object.entries(keys).every(([key, values]) => holds(operator, context[key], values)),
      ),
  );
}

function holds(operator: string, found: string | undefined, values: readonly string[]): boolean {
  // Of a key that the request lacks, both say that there is nothing to object to.
  const [, qualifier, base = '', ifExists] = /^(ForAllValues:|ForAnyValue:)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  if (found === undefined) return ifExists !== undefined || qualifier === 'ForAllValues:';
  switch (base) {
    case 'StringEquals':
      return values.includes(found);
    case 'StringLike':
    case 'ArnLike':
      return values.some((value) => overlap(value, found));
    case 'ArnEquals':
      return values.some((value) => arnsOverlap(value, found));
    case 'Bool':
      return values.includes(found);
    default:
      throw new Error(`The operator ${operator} is not known to scripts/audit/simulate.ts.`);
  }
}
