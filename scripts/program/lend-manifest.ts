import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestFiles } from '../../infra/manifest/load.ts';
import type { Progress } from '../release/target.ts';
import { readSettings } from './settings.ts';

/**
 * Gives the program of an earlier commit the current manifest if it is from before there were manifests. The image and
 * the resources stay those of the earlier program: the manifest only says how to reach and verify the app.
 *
 * @param directory the checked-out program, which is changed
 * @throws SettingsError or StackFileError
 */
export async function lendManifest(
  projectDirectory: string,
  directory: string,
  environment: string,
  progress: Progress,
): Promise<void> {
  const its = join(directory, readSettings(directory, environment).release.appDirectory);
  if (manifestFiles.some((name) => existsSync(join(its, name)))) return;
  const current = join(projectDirectory, readSettings(projectDirectory, environment).release.appDirectory);
  const name = manifestFiles.find((candidate) => existsSync(join(current, candidate)));
  if (name === undefined) return;
  await mkdir(its, { recursive: true });
  await copyFile(join(current, name), join(its, name));
  progress.detail(`it is from before the app's manifest: verified as the current ${name} says`);
}
