import { type App, frontOf, kindOf, readinessOf, routedOf } from '../../infra/manifest/app.ts';
import { loadApp } from '../../infra/manifest/load.ts';
import type { Flow, RoutedPaths } from '../release/flow.ts';
import { loadSmokeTest } from '../release/smoke.ts';
import { readSettingValues } from './settings.ts';

/** How an environment's app is verified, as its manifest says. */
export async function readVerification(
  projectDirectory: string,
  environment: string,
  target: string | undefined,
): Promise<Pick<Flow, 'paths' | 'smoke'>> {
  const app = appOf(projectDirectory, environment);
  const { http } = frontOf(app);
  const others = [...routedOf(app).map(pathsOf), ...(target === 'aws' ? schedulesOf(app) : [])];
  const path = smokeTestPath(projectDirectory, environment);
  const { liveness, version } = http;
  return {
    paths: {
      liveness,
      readiness: readinessOf(http),
      ...(version === undefined ? {} : { version }),
      ...(others.length === 0 ? {} : { others }),
    },
    ...(path === undefined ? {} : { smoke: await loadSmokeTest(projectDirectory, path) }),
  };
}

/** What of a process can be asked at the environment's URL: its host name may be another one, and nothing cuts off a path. */
function pathsOf({ name: process, http, route }: ReturnType<typeof routedOf>[number]): RoutedPaths {
  const { version } = http;
  const readiness = readinessOf(http);
  if ('host' in route) return { process, unreachable: `it answers on the host ${route.host} of the domain only` };
  const base = route.path.slice(0, -'/*'.length);
  const inside = (path: string | undefined): path is string =>
    path !== undefined && (path === base || path.startsWith(`${base}/`));
  const hidden = [readiness, version].filter((path) => path !== undefined && !inside(path));
  return {
    process,
    ...(inside(readiness) ? { readiness } : {}),
    ...(inside(version) ? { version } : {}),
    ...(hidden.length > 0
      ? { unreachable: `the load balancer does not reach ${hidden.join(' and ')}: its route is ${route.path}` }
      : version === undefined
        ? { unreachable: 'the app’s manifest names no path that answers with its version' }
        : {}),
  };
}

/** On this machine the scheduler itself says what it starts. */
function schedulesOf(app: App): readonly RoutedPaths[] {
  return Object.keys(app.processes)
    .filter((name) => kindOf(app, name) === 'schedule')
    .map((process) => ({ process, unreachable: 'what its schedule starts is not read from EventBridge Scheduler' }));
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
