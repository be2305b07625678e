import { migrationSourceOf } from '../../infra/manifest/app.ts';
import { loadApp } from '../../infra/manifest/load.ts';
import { type ReleaseSource, readReleaseSource } from '../../infra/release/work-tree.ts';
import { readSettings } from './settings.ts';

/** The release that `up` would build from the work tree; `undefined` where the environment runs one that was built elsewhere. */
export function describeSource(projectDirectory: string, environment: string): ReleaseSource | undefined {
  const { pinned, source, appDirectory } = readSettings(projectDirectory, environment).release;
  if (pinned !== undefined || source === 'promoted') return undefined;
  const app = loadApp(projectDirectory, appDirectory);
  return readReleaseSource(projectDirectory, appDirectory, migrationSourceOf(app), app.build);
}
