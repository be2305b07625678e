import { Agent, request } from 'node:http';
import { type Http, type Process, readinessOf, type Serving } from '../../infra/manifest/app.ts';
import type { Send } from './traffic.ts';
import { anyTask, type Task, type Trial } from './trial.ts';

const requestTimeoutMs = 10_000;
/** Idle connections of a client must not be what ends a request. */
const agent = new Agent({ keepAlive: false });

/** Whether the load balancer lets a path of a process through: its route may be another one. */
export function letsThrough({ route }: Http, path: string): boolean {
  if (route === undefined || 'host' in route) return true;
  const base = route.path.slice(0, -'/*'.length);
  return path === base || path.startsWith(`${base}/`);
}

/** One GET, through the load balancer where it leads to the path, or else straight to a task. */
export async function getFrom(trial: Trial, { name, http }: Serving, path: string) {
  if (trial.url !== undefined && letsThrough(http, path)) return await throughLoadBalancer(trial.url, http, path);
  const { address } = await anyTask(trial, name);
  return await trial.observer.get(address, http.port, path);
}

/** For traffic: the first of the paths that the load balancer lets through. `undefined`: it lets none. */
export function trafficTo({ url }: Trial, http: Http, paths: readonly (string | undefined)[]): Send | undefined {
  const path = paths.find((candidate) => candidate !== undefined && letsThrough(http, candidate));
  if (url === undefined || path === undefined) return undefined;
  return async () => (await throughLoadBalancer(url, http, path)).status;
}

/** Straight to a task; one that never got ready answers on its liveness path at best. */
export function trafficToTask({ observer, url }: Trial, { address }: Task, http: Http): Send {
  const path = url === undefined ? http.liveness : readinessOf(http);
  return async () => (await observer.get(address, http.port, path, requestTimeoutMs)).status;
}

export function ofFront(process: Process, front: Process): string {
  return process === front ? '' : `${process}: `;
}

function throughLoadBalancer(
  url: string,
  { route }: Http,
  path: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const host = route !== undefined && 'host' in route ? { host: `${route.host}.stack.invalid` } : {};
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { agent, headers: host, timeout: requestTimeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${requestTimeoutMs / 1000} s`)));
    sent.on('error', reject);
    sent.end();
  });
}
