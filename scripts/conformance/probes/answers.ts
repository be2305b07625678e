import { healthCheckProgram } from '../../../infra/compute/container/health-check.ts';
import { listenerOf, type Process, readinessOf, type Serving } from '../../../infra/manifest/app.ts';
import { getFrom } from '../door.ts';
import type { Report } from '../report.ts';
import { anyTask, type Trial } from '../trial.ts';

/** Whether a process answers on its paths as the manifest says. */
export async function checkAnswers(trial: Trial, report: Report, prefix: string, serving: Serving): Promise<void> {
  const { liveness, version } = serving.http;
  const readiness = readinessOf(serving.http);
  for (const path of new Set([liveness, readiness])) {
    await report.check(`${prefix}GET ${path} is 200`, () => answers(trial, serving, path));
  }
  if (version !== undefined) {
    await report.check(`${prefix}GET ${version} says what runs`, () => saysVersion(trial, serving, version));
  }
}

async function answers(trial: Trial, serving: Serving, path: string): Promise<string> {
  const { status, body } = await getFrom(trial, serving, path);
  if (status !== 200) throw new Error(`GET ${path} gave ${status}: ${body.slice(0, 200)}`);
  return `GET ${path} gave 200`;
}

async function saysVersion(trial: Trial, serving: Serving, path: string): Promise<string> {
  const { body } = await getFrom(trial, serving, path);
  const parsed: unknown = JSON.parse(body);
  const version: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'version') : undefined;
  if (typeof version !== 'string') throw new Error(`GET ${path} has no text version`);
  return `GET ${path} gave ${version}`;
}

/** Whether the program that checks the container tells a path that works from one that does not exist. */
export async function hasHealthCheck(trial: Trial, process: Process): Promise<string> {
  const { containerId } = await anyTask(trial, process);
  const liveness = listenerOf(trial.app, process)?.liveness ?? '';
  const [health, nowhere] = await Promise.all([
    healthCheck(trial, process, containerId, liveness),
    healthCheck(trial, process, containerId, '/there-is-no-such-path'),
  ]);
  if (health !== 0) throw new Error(`for ${liveness} it ended with ${health}`);
  if (nowhere === 0) throw new Error('it ended with 0 for a path that does not exist');
  return `0 for ${liveness}, another code for a path that does not exist`;
}

/** @returns its exit code */
async function healthCheck(
  { docker, app }: Trial,
  process: Process,
  containerId: string,
  path: string,
): Promise<number> {
  const program = healthCheckProgram(app, process) ?? [];
  return (await docker.attempt(['exec', containerId, ...program, path])).exitCode;
}
