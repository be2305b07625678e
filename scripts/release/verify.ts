import type { Release } from '../../infra/release/release.ts';
import { messageOf } from '../messages/error-message.ts';
import type { Flow, RoutedPaths, SmokeTest } from './flow.ts';
import type { Verification } from './ledger.ts';

/** A load balancer needs a few checks before it routes to a new target, and the DNS of a new one a little longer. */
const settleSeconds = 30;
/**
 * The same answer 500 for that long is the app's own: a load balancer without a target answers with 502, 503 or 504, and a
 * task of the previous release is gone by then.
 */
const brokenSeconds = 10;
const requestTimeoutMilliseconds = 5000;
/** Enough to reach every task behind the load balancer several times, few enough to take a second. */
const sampleSize = 60;
const sampleConcurrency = 4;
/** This many consecutive answers show that the load balancer no longer routes to tasks of the previous release. */
const answersInARow = 20;

type VerifyFlow = Pick<Flow, 'fetch' | 'clock' | 'smoke' | 'paths'>;
type Check = Verification['checks'][number];
/** Resolves with what was seen, rejects with what was wrong. */
type Probe = () => Promise<string>;

/**
 * Whether the release really serves at `url`: alive, ready, the requested version, a write, a read and a delete through
 * its API, and no error in a short sample of requests.
 * A failed check is a result, not a rejection; it rejects if `signal` aborts.
 */
export async function verify(
  flow: VerifyFlow,
  url: string,
  release: Pick<Release, 'version'>,
  signal: AbortSignal,
): Promise<Verification> {
  const get = (path: string) => request(flow, `${url}${path}`, signal);
  const { paths, smoke } = flow;
  const { version: path } = paths;
  const served = path === undefined ? undefined : { path, asked: release.version };
  const probes: readonly (readonly [string, Probe])[] = [
    ['health', settling(flow, signal, () => expectOk(get, paths.liveness))],
    ['ready', settling(flow, signal, () => expectOk(get, paths.readiness))],
    ...(served === undefined
      ? []
      : ([['version', settling(flow, signal, () => expectVersionOnly(get, served))]] as const)),
    ...(paths.others ?? []).flatMap((other) => probesOfOther(flow, signal, get, other, release.version)),
    ...(smoke === undefined ? [] : ([['smoke test', () => smokeTest(flow, smoke, url, signal)]] as const)),
    ['error rate', () => errorRate(flow, get, served, signal)],
  ];
  const checks: Check[] = [];
  for (const [name, probe] of probes) {
    const unreachable = checks.find((check) => check.name === 'health' && !check.passed);
    checks.push(
      unreachable === undefined
        ? await run(name, probe, signal)
        : { name, passed: false, detail: 'not checked, because health failed' },
    );
  }
  const notChecked = missingIn(flow);
  return {
    passed: checks.every(({ passed }) => passed),
    checks,
    ...(notChecked.length === 0 ? {} : { notChecked }),
  };
}

/** Of a process that gets the requests of a route alone. */
function probesOfOther(
  flow: VerifyFlow,
  signal: AbortSignal,
  get: Get,
  { process, readiness, version: path }: RoutedPaths,
  asked: string,
): readonly (readonly [string, Probe])[] {
  return [
    ...(readiness === undefined
      ? []
      : ([[`${process} ready`, settling(flow, signal, () => expectOk(get, readiness))]] as const)),
    ...(path === undefined
      ? []
      : ([[`${process} version`, settling(flow, signal, () => expectVersionOnly(get, { path, asked }))]] as const)),
  ];
}

function missingIn({ paths, smoke }: VerifyFlow): NonNullable<Verification['notChecked']> {
  return [
    ...(paths.version === undefined
      ? [{ name: 'version', why: 'the app’s manifest names no path that answers with it' }]
      : []),
    ...(paths.others ?? []).flatMap(({ process, unreachable }) =>
      unreachable === undefined ? [] : [{ name: process, why: unreachable }],
    ),
    ...(smoke === undefined ? [{ name: 'smoke test', why: 'the app’s manifest names none' }] : []),
  ];
}

async function run(name: string, probe: Probe, signal: AbortSignal): Promise<Check> {
  try {
    return { name, passed: true, detail: await probe() };
  } catch (error) {
    signal.throwIfAborted();
    return { name, passed: false, detail: messageOf(error) };
  }
}

/** What the app itself answers, however the load balancer routes. */
class AppFailure extends Error {}

/** Repeats a probe every second until it passes or the time is over; then the last failure counts. */
function settling({ clock }: VerifyFlow, signal: AbortSignal, probe: Probe): Probe {
  return async () => {
    const until = clock.now() + settleSeconds * 1000;
    let brokenUntil: number | undefined;
    for (;;) {
      try {
        return await probe();
      } catch (error) {
        brokenUntil = error instanceof AppFailure ? (brokenUntil ?? clock.now() + brokenSeconds * 1000) : undefined;
        if (signal.aborted || clock.now() >= Math.min(until, brokenUntil ?? until)) throw error;
      }
      await clock.sleep(1000, signal);
    }
  };
}

type Get = (path: string) => Promise<Response>;

async function request({ fetch }: VerifyFlow, url: string, signal: AbortSignal): Promise<Response> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMilliseconds)]);
  return await fetch(url, { signal: limit, redirect: 'manual' });
}

async function expectOk(get: Get, path: string): Promise<string> {
  const response = await get(path);
  const body = await response.text();
  if (response.status !== 200) throw failure(response, `GET ${path} gave ${response.status}: ${body.slice(0, 300)}`);
  return `GET ${path} gave 200`;
}

function failure({ status }: Response, message: string): Error {
  return status === 500 ? new AppFailure(message) : new Error(message);
}

/** The release that has to answer, and where it says so. */
interface Served {
  readonly path: string;
  readonly asked: string;
}

async function expectVersionOnly(get: Get, { path, asked }: Served): Promise<string> {
  for (let answers = 0; answers < answersInARow; answers += 1) {
    const served = await servedVersion(get, path);
    if (served !== asked) throw new Error(`GET ${path} gave ${served} instead of ${asked}`);
  }
  return `GET ${path} gave ${asked} ${answersInARow} times in a row`;
}

async function servedVersion(get: Get, path: string): Promise<string> {
  const response = await get(path);
  if (response.status !== 200) throw failure(response, `GET ${path} gave ${response.status}`);
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null || !('version' in body) || typeof body.version !== 'string') {
    throw new Error(`GET ${path} gave no version`);
  }
  return body.version;
}

async function smokeTest(
  { fetch }: VerifyFlow,
  smoke: SmokeTest,
  baseUrl: string,
  signal: AbortSignal,
): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(4 * requestTimeoutMilliseconds)]);
  await smoke({ baseUrl, fetch, signal: limit });
  return "the app's own smoke test passed";
}

/**
 * No request may fail: at this load an error is not an accident, and a later success does not cancel it. An answer of
 * another release is not an error: a draining task still serves, and may get a last request. But within the given time
 * there must be a whole sample of this release alone.
 */
async function errorRate(
  { clock, paths }: VerifyFlow,
  get: Get,
  served: Served | undefined,
  signal: AbortSignal,
): Promise<string> {
  const until = clock.now() + settleSeconds * 1000;
  for (let requests = sampleSize; ; requests += sampleSize) {
    const { failures, others } = await sample(get, served ?? paths.readiness);
    if (failures.length > 0) throw new Error(`${failures.length} of ${requests} requests failed: ${failures[0]}`);
    if (others.length === 0) return `0 of ${requests} requests failed`;
    if (clock.now() >= until) throw new Error(`${others.length} of ${sampleSize} answers came from ${others[0]}`);
    await clock.sleep(1000, signal);
  }
}

interface Sample {
  /** Why each request that failed did so. */
  readonly failures: readonly string[];
  /** Versions other than the requested one, one per answer. */
  readonly others: readonly string[];
}

/** @param asked a release, or a path that has to answer 200 whichever release does */
async function sample(get: Get, asked: Served | string): Promise<Sample> {
  const failures: string[] = [];
  const others: string[] = [];
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (sent < sampleSize) {
      sent += 1;
      try {
        if (typeof asked === 'string') await expectOk(get, asked);
        else {
          const served = await servedVersion(get, asked.path);
          if (served !== asked.asked) others.push(served);
        }
      } catch (error) {
        failures.push(messageOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: sampleConcurrency }, worker));
  return { failures, others };
}

/** One line per failed check. */
export function failuresOf({ checks }: Verification): readonly string[] {
  return checks.filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`);
}

/** One line per check, and per thing that could not be checked. */
export function linesOf({ checks, notChecked = [] }: Verification): readonly string[] {
  return [
    ...checks.map(({ name, passed, detail }) => `${passed ? '✓' : '✗'} ${name}: ${detail}`),
    ...notChecked.map(({ name, why }) => `– ${name}: not checked, because ${why}`),
  ];
}
