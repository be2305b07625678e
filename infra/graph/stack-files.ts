import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { namedError } from '../errors/named-error.ts';

const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const projectFile = z.object({
  name: z.string(),
  config: z.record(z.string(), z.object({ type: z.string(), description: z.string(), default: value.optional() })),
});

const secure = z.object({ secure: z.string() });
/** Such as `aws:defaultTags`: the engine hands it on as JSON. */
const structured = z
  .union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
  .transform((given) => JSON.stringify(given));
// `pulumi stack init` writes a file without any value.
const stackFile = z
  .object({ config: z.record(z.string(), z.union([value, secure, structured])).nullish() })
  .nullable()
  .transform((file) => file?.config ?? {});

/** A file of the stack that cannot be read as what it is: the message names the file and the place. */
export class StackFileError extends namedError('StackFileError') {}

/** What Pulumi.yaml declares. */
export type ProjectFile = z.output<typeof projectFile>;

/** Stands for a value that only the engine can decrypt. */
export const encrypted = '<encrypted>';

export function readProjectFile(projectDirectory: string): ProjectFile {
  return readFile(projectDirectory, 'Pulumi.yaml', projectFile);
}

/** Values of one stack file by their full names, such as `nest-fargate:apiMemoryMiB`; encrypted ones as a placeholder. */
export function readStackFile(projectDirectory: string, environment: string): Record<string, string> {
  const config = readFile(projectDirectory, `Pulumi.${environment}.yaml`, stackFile);
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

function readFile<Output>(projectDirectory: string, name: string, schema: z.ZodType<Output>): Output {
  const document = parseDocument(readFileSync(join(projectDirectory, name), 'utf8'));
  const [mistake] = document.errors;
  if (mistake !== undefined) throw new StackFileError(`${name} is not valid YAML: ${mistake.message}`);
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  throw new StackFileError(`${name} is not a file of a Pulumi stack:\n${z.prettifyError(result.error)}`);
}
