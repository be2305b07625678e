import { z } from 'zod';

const pair = z.strictObject({ name: z.string(), value: z.string() });

/**
 * What the local target understands of an ECS container definition. Strict: an unknown key is an error, because a
 * setting that works on AWS and is silently missing here would make the local run misleading.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
 */
export const containerSchema = z.strictObject({
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
      tmpfs: z
        .array(
          z.strictObject({
            containerPath: z.string(),
            size: z.number().int().positive(),
            // Docker's default is 1777, too.
            mountOptions: z.array(z.enum(['mode=1777', 'nosuid', 'nodev'])).optional(),
          }),
        )
        .optional(),
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

export type ContainerDefinition = z.output<typeof containerSchema>;
