import type { Migration, Release } from '../../../infra/release/release.ts';
import type { Clock } from '../clock.ts';
import type { Choice, Flow, Prompt, SmokeTest } from '../flow.ts';
import { loadSmokeTest } from '../smoke.ts';
import type { Progress } from '../target.ts';
import { MemoryPlatform } from './memory-platform.ts';
import { MemoryTarget, urlOf } from './memory-target.ts';

/** A release of that version; its digest derives from the version, as equal content gives an equal digest. */
export function release(version: string, ...migrations: readonly Migration[]): Release {
  const hex = Buffer.from(version).toString('hex').padEnd(64, '0').slice(0, 64);
  return { version, image: `app:${version}`, digest: `sha256:${hex}`, commit: `c-${version}`, migrations };
}

export const expand = (name: string): Migration => ({ name, kind: 'expand' });
export const contract = (name: string): Migration => ({ name, kind: 'contract' });

/** Time that passes only by sleeping: each sleep ends at once, and the clock has moved on. */
export class MemoryClock implements Clock {
  #now = Date.parse('2026-11-21T09:00:00Z');

  now(): number {
    return this.#now;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#now += milliseconds;
    await Promise.resolve();
  }
}

class MemoryProgress implements Progress {
  readonly lines: string[] = [];
  step(title: string): void {
    this.lines.push(title);
  }
  detail(line: string): void {
    this.lines.push(`  ${line}`);
  }
}

/** A person with prepared answers, or nobody. */
class MemoryPrompt implements Prompt {
  readonly asked: string[] = [];
  offered: readonly Choice[] = [];
  interactive = true;
  approves = true;
  chooses: string | undefined;
  /** What happens elsewhere while the person thinks. */
  meanwhile: () => Promise<void> = async () => undefined;

  async approve(question: string): Promise<boolean> {
    this.asked.push(question);
    await this.meanwhile();
    return this.approves;
  }

  async choose(question: string, options: readonly Choice[]): Promise<string | undefined> {
    this.asked.push(question);
    this.offered = options;
    return this.chooses;
  }
}

export interface MemoryFlow extends Flow {
  readonly platform: MemoryPlatform;
  readonly target: MemoryTarget;
  readonly progress: MemoryProgress;
  readonly prompt: MemoryPrompt;
  readonly clock: MemoryClock;
  interrupt(): void;
}

const appsOwnSmokeTest: SmokeTest = async (access) => {
  const smoke = await loadSmokeTest(`${import.meta.dirname}/../../..`, 'app/smoke.ts');
  await smoke(access);
};

let attempts = 0;

/** The adapters of one command on a platform in memory; several commands may share a platform. */
export function memoryFlow(platform: MemoryPlatform = new MemoryPlatform(release('1.0.0'))): MemoryFlow {
  const interruption = new AbortController();
  return {
    platform,
    target: new MemoryTarget(platform),
    fetch: fetchFrom(platform),
    clock: new MemoryClock(),
    progress: new MemoryProgress(),
    prompt: new MemoryPrompt(),
    paths: { liveness: '/health', readiness: '/ready', version: '/version' },
    smoke: appsOwnSmokeTest,
    by: 'ada@desk',
    newAttemptId: () => `attempt-${++attempts}`,
    signal: interruption.signal,
    interrupt: () => interruption.abort(),
  };
}

/** The app's public API as the tasks of the platform serve it, one task after the other. */
function fetchFrom(platform: MemoryPlatform): typeof fetch {
  let turn = 0;
  const todos = new Map<string, string>();
  return async (input, init) => {
    await platform.beforeStep('request');
    init?.signal?.throwIfAborted();
    const url = new URL(String(input instanceof Request ? input.url : input));
    const environment = ['staging', 'prod'].find((name) => url.origin === urlOf(name));
    const tasks = environment === undefined ? [] : platform.environment(environment).tasks.filter((t) => t.healthy);
    if (environment !== undefined && platform.environment(environment).page !== undefined) {
      return new Response('maintenance', { status: 503 });
    }
    turn += 1;
    const task = tasks[turn % tasks.length];
    if (task === undefined) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    const { version } = task.release;
    if (url.pathname === '/version') return Response.json({ version });
    if (url.pathname === '/health' || url.pathname === '/ready') return Response.json({ status: 'up' });
    // Like a release from before there were users: the app's smoke test accepts both.
    if (!url.pathname.startsWith('/todos')) return Response.json({}, { status: 404 });
    return answerTodos(
      todos,
      init?.method ?? 'GET',
      url.pathname,
      String(init?.body),
      platform.faults.failingWrites.includes(version),
    );
  };
}

function answerTodos(
  todos: Map<string, string>,
  method: string,
  path: string,
  body: string,
  failing: boolean,
): Response {
  if (method === 'POST') {
    if (failing) return Response.json({ title: 'Internal Server Error' }, { status: 500 });
    const id = String(todos.size + 1);
    todos.set(id, body);
    return Response.json({ id, ...JSON.parse(body) }, { status: 201 });
  }
  const id = path.replace('/todos/', '');
  const todo = todos.get(id);
  if (todo === undefined) return Response.json({}, { status: 404 });
  if (method === 'DELETE') return new Response(null, { status: todos.delete(id) ? 204 : 500 });
  return Response.json({ id, ...JSON.parse(todo) });
}
