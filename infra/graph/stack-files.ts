import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { readFromEngine } from './engine-config.ts';
import { StackFileError } from './stack-file-error.ts';

/*
 * Pulumi.yaml and Pulumi.<stack>.yaml, read as the engine reads them:
 * https://github.com/pulumi/pulumi/tree/v3.270.0/sdk/go/common/workspace (loaders.go, project.go) and pkg/workspace/config.go
 */

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
/** Such as `aws:defaultTags`: the engine passes it on as JSON. */
const structured = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).transform(toJson);
/** A key without a value is empty. */
const nothing = z.null().transform(() => '');

const declaration = z.object({
  type: z.string().optional(),
  description: z.string().optional(),
  default: z.union([scalar, structured]).optional(),
  value: z.union([scalar, structured]).optional(),
});
/** `aws:region: eu-central-1` instead of `aws:region: { value: eu-central-1 }`. */
const shorthand = z.union([scalar, z.array(z.unknown()).transform(toJson)]);

const projectFile = z.object({
  name: z.string(),
  /** A text is an older form of stackConfigDir. */
  config: z.union([z.string(), z.record(z.string(), z.union([declaration, shorthand]))]).nullish(),
  stackConfigDir: z.string().optional(),
});

const secure = z.strictObject({ secure: z.string() }).transform(() => encrypted);
// `pulumi stack init` writes a file without any value.
const stackFile = z
  .object({
    config: z.record(z.string(), z.union([secure, scalar, structured, nothing])).nullish(),
    environment: z.unknown(),
    mainEnvironment: z.unknown(),
  })
  .partial()
  .nullable();

/** What Pulumi.yaml declares about a configuration key. */
export interface Declaration {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  /** As text; structured values as JSON. */
  readonly default?: string | undefined;
}

export interface ProjectFile {
  readonly name: string;
  readonly config: Readonly<Record<string, Declaration>>;
  /** Where the stack files are. */
  readonly stackDirectory: string;
}

/** Configuration of a stack, as the engine passes it to the program. */
export interface StackConfig {
  readonly project: string;
  /** By full name, such as `nest-fargate:apiMemoryMiB`. */
  readonly config: Readonly<Record<string, string>>;
  /** Full names of values that nobody may show. */
  readonly secretKeys: ReadonlySet<string>;
}

/** Stands for a secret. */
export const encrypted = '<encrypted>';

export function readProjectFile(projectDirectory: string): ProjectFile {
  const { name, config, stackConfigDir } = readFile(join(projectDirectory, 'Pulumi.yaml'), 'Pulumi.yaml', projectFile);
  const isDirectory = typeof config === 'string';
  const declared = Object.entries(isDirectory ? {} : (config ?? {})).map(([key, given]) => [
    key,
    typeof given === 'string' ? { default: given } : { ...given, default: given.default ?? given.value },
  ]);
  return {
    name,
    config: Object.fromEntries(declared),
    stackDirectory: join(projectDirectory, stackConfigDir ?? (isDirectory ? config : '')),
  };
}

export function stackFilePath(projectDirectory: string, environment: string): string {
  return join(readProjectFile(projectDirectory).stackDirectory, `Pulumi.${environment}.yaml`);
}

/** What one stack file itself sets, by full names; secrets as {@link encrypted}. */
export function readStackFile(projectDirectory: string, environment: string): Record<string, string> {
  return readStack(projectDirectory, environment).values;
}

/** All that configures a stack, by full names; secrets as {@link encrypted}. May ask the engine: see {@link readStackConfig}. */
export function readConfig(projectDirectory: string, environment: string): Record<string, string> {
  const stack = readStack(projectDirectory, environment);
  const own = stack.takesFromEnvironment ? mask(readFromEngine({ projectDirectory, environment, ...stack })) : {};
  return { ...defaultsOf(stack.project), ...own, ...stack.values };
}

/**
 * All that configures a stack, with the values that it encrypts in one namespace: its own settings, unless another is
 * named. Only the engine can read those, and what comes from ESC environments: it is asked when the stack file has either.
 */
export function readStackConfig(projectDirectory: string, environment: string, revealed?: string): StackConfig {
  const stack = readStack(projectDirectory, environment);
  const { project } = stack;
  const hasSecrets = Object.entries(stack.values).some(
    ([key, given]) => key.startsWith(`${revealed ?? project.name}:`) && holdsSecret(given),
  );
  if (!stack.takesFromEnvironment && !hasSecrets) {
    return { project: project.name, config: { ...defaultsOf(project), ...stack.values }, secretKeys: new Set() };
  }
  const { config, secretKeys } = readFromEngine({ projectDirectory, environment, ...stack });
  return { project: project.name, config: { ...defaultsOf(project), ...stack.values, ...config }, secretKeys };
}

/** A structured value can have a secret inside. */
function holdsSecret(given: string): boolean {
  return given === encrypted || /\{"secure":"[^"]*"\}/.test(given);
}

function mask({ config, secretKeys }: Pick<StackConfig, 'config' | 'secretKeys'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, given]) => [key, secretKeys.has(key) ? encrypted : given]),
  );
}

/** The project's defaults, which hold for what neither the stack nor its ESC environments set. */
function defaultsOf({ name, config }: ProjectFile): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, declared]) =>
      declared.default === undefined ? [] : [[fullName(key, name), declared.default]],
    ),
  );
}

function readStack(projectDirectory: string, environment: string) {
  const project = readProjectFile(projectDirectory);
  const name = `Pulumi.${environment}.yaml`;
  const path = join(project.stackDirectory, name);
  const file = readFile(path, name, stackFile);
  const values = Object.entries(file?.config ?? {}).map(([key, given]) => [fullName(key, project.name), given]);
  const takesFromEnvironment = [file?.environment, file?.mainEnvironment].some(
    (given) => given !== undefined && given !== null && !(Array.isArray(given) && given.length === 0),
  );
  return {
    project,
    values: Object.fromEntries(values) as Record<string, string>,
    takesFromEnvironment,
    stackFile: path,
    reason: takesFromEnvironment ? `${name} takes configuration from ESC environments` : `${name} has encrypted values`,
  };
}

/** A key without a namespace is one of the project's; `aws:config:region` is an older form of `aws:region`. */
export function fullName(key: string, project: string): string {
  return key.includes(':') ? key.replace(/^([^:]+):config:([^:]+)$/, '$1:$2') : `${project}:${key}`;
}

/** As Go writes it: keys in order. */
function toJson(given: unknown): string {
  return JSON.stringify(given, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Valid files by their text. A command asks for the same few files at each step, and Pulumi.yaml takes long to parse. */
const parsed = new Map<z.ZodType, Map<string, unknown>>();
const keptFiles = 64;

function readFile<Output>(path: string, name: string, schema: z.ZodType<Output>): Output {
  const text = readFileSync(path, 'utf8');
  const known = parsed.get(schema) ?? new Map<string, unknown>();
  parsed.set(schema, known);
  if (known.has(text)) return known.get(text) as Output;
  const valid = parseFile(text, name, schema);
  if (known.size >= keptFiles) known.clear();
  known.set(text, valid);
  return valid;
}

function parseFile<Output>(text: string, name: string, schema: z.ZodType<Output>): Output {
  const document = parseDocument(text, { merge: true });
  const [mistake] = document.errors;
  if (mistake !== undefined) throw new StackFileError(`${name} is not valid YAML: ${mistake.message}`);
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  throw new StackFileError(`${name} is not a valid Pulumi file:\n${z.prettifyError(result.error)}`);
}
