import type { GraphResource, ProgramGraph } from '../../../infra/graph/query.ts';
import { expectText, isRecord, notUnderstood, referred } from './expectations.ts';

/**
 * Server settings of the parameter group that a database or a Valkey refers to; none when it refers to none.
 *
 * @param what the resource as an error calls it: `database main`
 */
export function parametersOf(graph: ProgramGraph, { inputs }: GraphResource, what: string): Record<string, string> {
  if (inputs['parameterGroupName'] === undefined) return {};
  const group = referred(graph, inputs['parameterGroupName'], `${what}, parameterGroupName`);
  const where = `parameter group ${group.name}`;
  const listed: unknown = group.inputs['parameters'] ?? [];
  if (!Array.isArray(listed)) throw notUnderstood(where, listed, 'a list of parameters');
  return Object.fromEntries(
    listed.map((parameter: unknown) => {
      if (isRecord(parameter) && typeof parameter['name'] === 'string') {
        return [parameter['name'], expectText(parameter['value'], `${where}, ${parameter['name']}`)];
      }
      throw notUnderstood(where, parameter, 'a name and a value');
    }),
  );
}
