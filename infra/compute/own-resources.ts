import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import type { Naming } from '../foundation/naming.ts';
import { type App, type Permission, type Process, programOf, releaseCommand } from '../manifest/app.ts';
import { resourceFiles } from '../manifest/load.ts';
import { ManifestError } from '../manifest/problems.ts';
import type { Network } from '../network/network.ts';
import type { Settings } from '../settings/settings.ts';

/** What the resources of an app are made from. */
export interface OwnStack {
  readonly settings: Settings;
  /** `prefix` begins each physical name, each resource has `tags`: what workflows may change depends on both. */
  readonly naming: Naming;
  readonly network: Network;
  /** Names of the processes, the release command's among them. */
  readonly processes: readonly Process[];
  /** Parent of each resource, so that target local can name what it leaves out. */
  readonly parent: pulumi.Resource;
}

/** By process: variables that it gets besides those of the manifest. */
export type OwnVariables = Readonly<Record<Process, Readonly<Record<string, pulumi.Input<string>>>>>;

/**
 * The module `stack.resources.ts` beside the manifest. Permissions of processes are in the manifest: they are part of the
 * permissions boundary, which exists before any resource.
 */
export interface OwnModule {
  resources(stack: OwnStack): OwnVariables;
  /** What workflows need to create, change and delete these resources. */
  readonly workflows?: readonly Permission[];
}

const load = createRequire(import.meta.url);

/** `undefined`: the app has no resources of its own. */
export function loadOwnModule(projectDirectory: string, appDirectory: string): OwnModule | undefined {
  const file = resourceFiles.find((candidate) => existsSync(join(projectDirectory, appDirectory, candidate)));
  if (file === undefined) return undefined;
  const module: Partial<OwnModule> = load(join(projectDirectory, appDirectory, file));
  if (typeof module.resources === 'function') return module as OwnModule;
  throw new ManifestError(`${appDirectory}/${file}`, [
    {
      key: 'resources',
      found: 'is not exported',
      rule: 'a function that makes the resources and returns variables by process',
      remedy: 'docs/your-app.md shows one.',
    },
  ]);
}

export interface OwnResourcesArgs extends Omit<OwnStack, 'processes' | 'parent'> {
  readonly app: App;
  readonly own: OwnModule | undefined;
}

/**
 * Resources that the app brings along, such as a bucket for uploads.
 *
 * Cost and change: those of the resources.
 */
export class OwnResources extends pulumi.ComponentResource {
  readonly variables: OwnVariables;

  constructor(name: string, { app, own, ...stack }: OwnResourcesArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:OwnResources', name, {}, opts);
    const processes = [...Object.keys(app.processes), ...(app.release === undefined ? [] : [releaseCommand])];
    this.variables = own?.resources({ ...stack, processes, parent: this }) ?? {};
    assertFits(app, processes, this.variables);
    this.registerOutputs({});
  }
}

function assertFits(app: App, processes: readonly Process[], variables: OwnVariables): void {
  const problems = Object.entries(variables).flatMap(([process, given]) => {
    if (!processes.includes(process)) {
      const rule = `processes of the manifest: ${processes.join(', ')}`;
      return [{ key: process, found: 'gets variables', rule, remedy: 'Rename it, or remove it.' }];
    }
    const taken = { ...app.variables, ...programOf(app, process).variables, ...app.secrets };
    return Object.keys(given)
      .filter((variable) => variable in taken)
      .map((variable) => ({
        key: `${process}.${variable}`,
        found: 'is in the manifest, too',
        rule: 'a variable that the manifest does not have',
        remedy: 'Remove one of the two.',
      }));
  });
  if (problems.length > 0) throw new ManifestError(resourceFiles[0], problems);
}
