import { z } from 'zod';
import type { GraphResource } from '../../../infra/graph/query.ts';
import { type ContainerDefinition, containerSchema } from './container-definition.ts';
import { notUnderstood } from './expectations.ts';
import { isSidecar, withoutSidecars } from './sidecars.ts';

export interface TaskDefinition {
  readonly name: string;
  readonly container: ContainerDefinition;
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** Names of volumes without a source: on Fargate, space that lives and dies with the task. */
  readonly emptyVolumes: readonly string[];
}

const volume = z.strictObject({ name: z.string() });

/** Reads a recorded `aws:ecs/taskDefinition:TaskDefinition`. */
export function parseTaskDefinition({ name, inputs }: GraphResource): TaskDefinition {
  const where = `task definition ${name}`;
  const definitions = parseJson(inputs['containerDefinitions'], where);
  const apps = Array.isArray(definitions) ? definitions.filter((found) => !isSidecar(found)) : definitions;
  const parsed = z.array(containerSchema).length(1).safeParse(apps);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw notUnderstood(
      `${where}, containerDefinitions`,
      definitionAt(definitions),
      `${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  const volumes = z.array(volume).safeParse(inputs['volumes'] ?? []);
  if (!volumes.success)
    throw notUnderstood(`${where}, volumes`, inputs['volumes'], 'volumes with a name and nothing else');
  const [definition] = parsed.data;
  if (definition === undefined) throw notUnderstood(where, definitions, 'one container');
  return {
    name,
    container: withoutSidecars(definition),
    cpuUnits: Number(inputs['cpu']),
    memoryMiB: Number(inputs['memory']),
    emptyVolumes: volumes.data.map((found) => found.name),
  };
}

function parseJson(value: unknown, where: string): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : value;
  } catch {
    throw notUnderstood(`${where}, containerDefinitions`, value, 'JSON');
  }
}

/** Names only: values may be long. */
function definitionAt(definitions: unknown): unknown {
  return Array.isArray(definitions)
    ? definitions.map((found) => (typeof found === 'object' && found !== null ? Object.keys(found) : found))
    : definitions;
}
