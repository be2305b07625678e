import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { UserError } from '../../messages/user-error.ts';
import { isRecord } from './manifest-fields.ts';

/** The manifests of an application of Copilot, as they are. */
export interface CopilotFolder {
  readonly services: readonly CopilotManifest[];
  readonly environments: readonly CopilotManifest[];
  /** Pipelines, addons and overrides, which are no manifests. */
  readonly besides: readonly string[];
}

export interface CopilotManifest {
  readonly name: string;
  readonly type: string;
  /** Relative to the directory above `copilot/`. */
  readonly file: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * @param directory the one above `copilot/`
 * @throws UserError `COPILOT_NOT_FOUND` or `COPILOT_UNREADABLE`
 */
export function readCopilot(directory: string): CopilotFolder {
  const root = join(directory, 'copilot');
  const folders = foldersIn(root).filter((name) => !['environments', 'pipelines'].includes(name));
  const services = folders.flatMap((name) => manifestIn(directory, `copilot/${name}/manifest.yml`) ?? []);
  if (services.length === 0) {
    throw new UserError({
      code: 'COPILOT_NOT_FOUND',
      message: `${root} has no manifest of a service or job of Copilot.`,
      rule: 'They are in copilot/<name>/manifest.yml.',
      remedy: 'Name the directory above copilot/: npx stack init --from copilot path/to/it',
    });
  }
  const environments = foldersIn(join(root, 'environments')).flatMap((name) => {
    return manifestIn(directory, `copilot/environments/${name}/manifest.yml`) ?? [];
  });
  const besides = [
    ...folders.flatMap((name) => ['addons', 'overrides'].map((folder) => `copilot/${name}/${folder}`)),
    'copilot/environments/addons',
    'copilot/environments/overrides',
    'copilot/pipelines',
  ].filter((path) => existsSync(join(directory, path)));
  return { services, environments, besides };
}

function foldersIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

function manifestIn(directory: string, file: string): CopilotManifest | undefined {
  const path = join(directory, file);
  if (!existsSync(path)) return undefined;
  const value = parsed(file, readFileSync(path, 'utf8'));
  if (!isRecord(value) || typeof value['name'] !== 'string' || typeof value['type'] !== 'string') {
    throw new UserError({
      code: 'COPILOT_UNREADABLE',
      message: `${file} has no name or no type.`,
      rule: 'A manifest of Copilot says both: https://aws.github.io/copilot-cli/docs/manifest/overview/',
      remedy: 'Add them, or move the file elsewhere.',
    });
  }
  return { name: value['name'], type: value['type'], file, fields: value };
}

function parsed(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new UserError({
      code: 'COPILOT_UNREADABLE',
      message: `${file} is no YAML: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)}`,
      remedy: 'Correct it, and run the command again.',
      cause,
    });
  }
}
