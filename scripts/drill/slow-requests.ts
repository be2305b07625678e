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
    const detail = await fetch(`${stage.url}${path}`, { headers: { 'x-drill-slow': String(ms) }, signal: limit }).then(
      async (response) => {
        await response.arrayBuffer();
        return `status ${response.status}`;
      },
      (error: unknown) => (error instanceof Error ? `${error.message}: ${String(error.cause ?? '')}` : String(error)),
    );
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
