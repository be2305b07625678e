import { frontOf, readinessOf } from '../../infra/manifest/app.ts';
import { loadApp } from '../../infra/manifest/load.ts';
import type { Flow } from '../release/flow.ts';
import { loadSmokeTest } from '../release/smoke.ts';
import { readSettingValues } from './settings.ts';

/** How an environment's app is verified, as its manifest says. */
export async function readVerification(
  projectDirectory: string,
  environment: string,
): Promise<Pick<Flow, 'paths' | 'smoke'>> {
  const { http } = frontOf(appOf(projectDirectory, environment));
  const path = smokeTestPath(projectDirectory, environment);
  const { liveness, version } = http;
  return {
    paths: {
      liveness,
      readiness: readinessOf(http),
      ...(version === undefined ? {} : { version }),
    },
    ...(path === undefined ? {} : { smoke: await loadSmokeTest(projectDirectory, path) }),
  };
}

/** Path of the app's smoke test, from the project's directory; `undefined` where it has none. */
export function smokeTestPath(projectDirectory: string, environment: string): string | undefined {
  // Pulumi wants a default for each declared key: the empty text is that of those that can be left out.
  const { smokeTest = '' } = readSettingValues(projectDirectory, environment);
  if (smokeTest !== '') return smokeTest;
  const own = appOf(projectDirectory, environment).smokeTest;
  return own === undefined ? undefined : `${appDirectoryOf(projectDirectory, environment)}/${own}`;
}

function appOf(projectDirectory: string, environment: string) {
  return loadApp(projectDirectory, appDirectoryOf(projectDirectory, environment));
}

function appDirectoryOf(projectDirectory: string, environment: string): string {
  return readSettingValues(projectDirectory, environment)['appDirectory'] ?? 'app';
}
