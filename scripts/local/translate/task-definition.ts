import { z } from 'zod';

import { withPasswords } from './database-login.ts';
import { type GraphResource, notUnderstood } from './program-graph.ts';
import { isSidecar, withoutSidecars } from './sidecars.ts';

const pair = z.strictObject({ name: z.string(), value: z.string() });

/**
 * What the local target understands of an ECS container definition. Strict: an unknown key is an error, because a
 * setting that works on AWS and is silently missing here would make the local run a lie.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
 */
const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  entryPoint: z.array(z.string()).optional(),
  essential: z.literal(true).optional(),
  cpu: z.number().optional(),
  memory: z.number().int().positive(),
  memoryReservation: z.number().optional(),
  stopTimeout: z.number().int().min(2).max(120),
  user: z.string().optional(),
  workingDirectory: z.string().optional(),
  readonlyRootFilesystem: z.boolean().optional(),
  linuxParameters: z
    .strictObject({
      initProcessEnabled: z.boolean().optional(),
      capabilities: z
        .strictObject({ drop: z.array(z.string()).optional(), add: z.array(z.string()).optional() })
        .optional(),
    })
    .optional(),
  environment: z.array(pair),
  secrets: z.array(z.strictObject({ name: z.string(), valueFrom: z.string() })).optional(),
  mountPoints: z
    .array(z.strictObject({ sourceVolume: z.string(), containerPath: z.string(), readOnly: z.boolean().optional() }))
    .optional(),
  portMappings: z.array(z.looseObject({ containerPort: z.number().int() })).optional(),
  healthCheck: z
    .strictObject({
      command: z.array(z.string()).min(2),
      interval: z.number(),
      timeout: z.number(),
      retries: z.number(),
      startPeriod: z.number().optional(),
    })
    .optional(),
  ulimits: z.array(z.strictObject({ name: z.string(), softLimit: z.number(), hardLimit: z.number() })).optional(),
  /** Docker's own logs take its place. */
  logConfiguration: z.unknown().optional(),
});

export type ContainerDefinition = z.output<typeof container>;

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
  const parsed = z.array(container).length(1).safeParse(apps);
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
    container: withPasswords(withoutSidecars(definition)),
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
