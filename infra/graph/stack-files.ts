import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const projectFile = z.object({
  name: z.string(),
  config: z.record(z.string(), z.object({ type: z.string(), description: z.string(), default: value.optional() })),
});

const secure = z.object({ secure: z.string() });
const stackFile = z.object({ config: z.record(z.string(), z.union([value, secure])) });

/** What Pulumi.yaml declares. */
export type ProjectFile = z.output<typeof projectFile>;

/** Stands for a value that only the engine can decrypt. */
export const encrypted = '<encrypted>';

export function readProjectFile(projectDirectory: string): ProjectFile {
  return projectFile.parse(parse(readFileSync(join(projectDirectory, 'Pulumi.yaml'), 'utf8')));
}

/** Values of one stack file by their full names, such as `nest-fargate:apiMemoryMiB`; encrypted ones as a placeholder. */
export function readStackFile(projectDirectory: string, environment: string): Record<string, string> {
  const text = readFileSync(join(projectDirectory, `Pulumi.${environment}.yaml`), 'utf8');
  const { config } = stackFile.parse(parse(text));
  return Object.fromEntries(
    Object.entries(config).map(([key, given]) => [key, typeof given === 'string' ? given : encrypted]),
  );
}

/** The configuration that the engine would give the program: the project's defaults, then the stack's values. */
export function readConfig(projectDirectory: string, environment: string): Record<string, string> {
  const project = readProjectFile(projectDirectory);
  const defaults = Object.entries(project.config).flatMap(([key, declared]) =>
    declared.default === undefined ? [] : [[`${project.name}:${key}`, declared.default] as const],
  );
  return { ...Object.fromEntries(defaults), ...readStackFile(projectDirectory, environment) };
}
