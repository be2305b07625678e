import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { parseDocument } from 'yaml';

import { evaluate } from '../../../infra/graph/evaluate.ts';
import type { Graph } from '../../../infra/graph/record.ts';
import { fixtureProject } from '../../../infra/testing/graph-of.ts';
import type { Progress, Target } from '../../release/target.ts';
import { createLocalTarget } from '../target.ts';

const project = resolve(import.meta.dirname, '../../..');

/** How a release of the test's app behaves. */
export interface Behaviour {
  readonly neverReady?: true;
  readonly workerNeverReady?: true;
  readonly crashes?: true;
  readonly migrationFails?: true;
}

/**
 * A project of its own: the real program with the stack files of the tests, but a small app in the place of the
 * bundled one, of which each call of `release` makes a new version.
 */
export interface Sandbox {
  readonly directory: string;
  readonly instance: string;
  /** Another process's view of the same project is another target. */
  createTarget(): Target;
  /** Changes the app: what `up` would build from now on. */
  release(version: string, behaviour?: Behaviour): void;
  /** Changes settings of all environments. */
  configure(settings: Readonly<Record<string, string>>): void;
  remove(): void;
}

export function createSandbox(instance: string): Sandbox {
  const directory = mkdtempSync(join(tmpdir(), `${instance}-`));
  cpSync(fixtureProject, directory, { recursive: true });
  cpSync(join(project, 'package.json'), join(directory, 'package.json'));
  cpSync(join(import.meta.dirname, 'app'), join(directory, 'app'), { recursive: true });
  let version = '';

  const record: typeof evaluate = async (environment, options) =>
    withApp(await evaluate(environment, options), directory, version);

  return {
    directory,
    instance,
    createTarget: () =>
      createLocalTarget({ projectDirectory: directory, instance, variables: process.env, evaluate: record }),
    release(next, behaviour = {}) {
      version = `1.0.0-${next.padEnd(12, '0')}`;
      writeFileSync(
        join(directory, 'app/dist/behaviour.js'),
        `export const behaviour = ${JSON.stringify(behaviour)};\n`,
      );
    },
    configure(next) {
      for (const file of ['Pulumi.staging.yaml', 'Pulumi.prod.yaml']) {
        const path = join(directory, file);
        const document = parseDocument(readFileSync(path, 'utf8'));
        for (const [key, value] of Object.entries(next)) document.setIn(['config', `nest-fargate:${key}`], value);
        writeFileSync(path, document.toString());
      }
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The program's graph, with the test's app where the program builds its own. */
function withApp(graph: Graph, directory: string, version: string): Graph {
  const resources = graph.resources.map((resource) =>
    resource.type === 'docker:index/image:Image'
      ? {
          ...resource,
          inputs: {
            imageName: `test:${version}`,
            build: {
              context: join(directory, 'app'),
              dockerfile: join(directory, 'app', 'Dockerfile'),
              args: { RELEASE_VERSION: version },
            },
          },
        }
      : resource,
  );
  const built = resources.some(({ type }) => type === 'docker:index/image:Image');
  const release = { version, image: '', digest: '', commit: 'unknown', migrations: [] };
  return { ...graph, resources, outputs: built ? { ...graph.outputs, release } : graph.outputs };
}

/** Keeps what was said. */
export function recordProgress(): Progress & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  return { lines, step: (title) => lines.push(title), detail: (line) => lines.push(line) };
}
