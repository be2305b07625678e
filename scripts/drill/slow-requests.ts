import { get } from 'node:http';
import { frontOf } from '../../infra/manifest/app.ts';
import type { Stage } from './stage.ts';

/** Requests beside the load that take so long, a few at a time, so that each moment meets some. Each is a probe. */
export function askSlowly(stage: Stage, seconds: number, perSecond: number) {
  const { http } = frontOf(stage.facts.app);
  const path = http.version ?? http.liveness;
  const ms = seconds * 1000;
  const open: Promise<void>[] = [];
  const ask = async (number: number) => {
    const limit = AbortSignal.any([stage.signal, AbortSignal.timeout(ms + 15_000)]);
    const detail = await statusOf(`${stage.url}${path}`, { 'x-drill-slow': String(ms) }, limit);
    stage.probe({ name: `slow request ${number}`, passed: detail === 'status 200', detail });
  };
  const timer = setInterval(() => void open.push(ask(open.length + 1)), 1000 / perSecond);
  open.push(ask(1));
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}

/** On a connection of its own, which nobody finds closed afterwards. @returns `status 200`, or why there is none */
function statusOf(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const asked = get(url, { agent: false, headers, signal }, (response) => {
      response.on('error', ({ message }) => resolve(message));
      response.on('end', () => resolve(`status ${response.statusCode}`));
      response.resume();
    });
    asked.on('error', ({ message }) => resolve(message));
  });
}
