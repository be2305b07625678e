import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { type ApiCall, type CreateCalls, callsOf, entriesOf } from './create-calls/call.ts';
import { computeCalls } from './create-calls/compute.ts';
import { dataCalls } from './create-calls/data.ts';
import { edgeCalls } from './create-calls/edge.ts';
import { identityCalls } from './create-calls/identity.ts';
import { networkCalls } from './create-calls/network.ts';
import { documentedProblems } from './documented-limits.ts';
import { type Finding, merge } from './findings.ts';
import { standIns } from './stand-ins.ts';
import type { EvaluatedVariant } from './variants.ts';

const createCalls: Readonly<Record<string, CreateCalls>> = {
  ...computeCalls,
  ...dataCalls,
  ...edgeCalls,
  ...identityCalls,
  ...networkCalls,
};

interface Made extends ApiCall {
  readonly resource: string;
  readonly variants: string[];
}

const limitSeconds = 120;
const answer = z.array(z.array(z.string()));

/**
 * Checks the calls that would create every resource of every variant against the API models that botocore ships, and
 * against what only the pages of an API say.
 *
 * @throws Error for a type or an input that create-calls/ does not know
 */
export async function checkApiModels(
  python: string,
  variants: readonly EvaluatedVariant[],
): Promise<{ readonly findings: readonly Finding[]; readonly calls: number }> {
  const made = distinctCalls(variants);
  const { stdout } = await execa(python, [join(import.meta.dirname, 'validate_calls.py')], {
    input: JSON.stringify(made.map(({ service, operation, parameters }) => ({ service, operation, parameters }))),
    timeout: limitSeconds * 1000,
  });
  const problems = answer.parse(JSON.parse(stdout));
  const findings = made.flatMap((call, index) =>
    [...(problems[index] ?? []), ...documentedProblems(call)].map((message) => ({
      rule: `api-model ${call.service}:${call.operation}`,
      resource: call.resource,
      message,
      variants: call.variants,
    })),
  );
  return { findings: merge(findings), calls: made.length };
}

function distinctCalls(variants: readonly EvaluatedVariant[]): readonly Made[] {
  const made = new Map<string, Made>();
  for (const { name: variant, graph } of variants) {
    const filled = standIns(graph);
    for (const { type, name, custom, inputs } of graph.resources) {
      if (!custom || !type.startsWith('aws:')) continue;
      const resource = `${type} ${name}`;
      for (const call of callsOf(knownCalls(type, inputs), name, Object.fromEntries(entriesOf(filled(inputs))))) {
        const key = JSON.stringify([resource, call]);
        const known = made.get(key) ?? { ...call, resource, variants: [] };
        known.variants.push(variant);
        made.set(key, known);
      }
    }
  }
  return [...made.values()];
}

/** A new input must be checked, or declared as one that no model describes: nothing is left out silently. */
export function knownCalls(type: string, inputs: Readonly<Record<string, unknown>>): CreateCalls {
  const found = createCalls[type];
  if (found === undefined)
    throw new Error(`No call is known that creates ${type}: add it to scripts/audit/create-calls/.`);
  const known = new Set([...(found.unmodelled ?? []), ...found.calls.flatMap(({ members }) => Object.keys(members))]);
  const unknown = Object.keys(inputs).filter((key) => !known.has(key));
  if (unknown.length > 0) {
    throw new Error(`No call is known that takes ${unknown.join(', ')} of ${type}: see scripts/audit/create-calls/.`);
  }
  return found;
}
