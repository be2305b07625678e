import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Docker } from '../local/engine/docker.ts';
import { bindMount } from '../local/engine/path-arguments.ts';
import type { Place } from '../local/state/place.ts';
import { deriveNames } from '../local/translate/names.ts';
import { labelNames } from '../local/translate/stack-document.ts';

/** How the guest logs in; of servers that the environment has. */
export interface Logins {
  readonly postgres?: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
    readonly password: string;
  };
  readonly valkey?: { readonly host: string; readonly port: number; readonly password: string };
}

/** What `guest/guest.mjs` can be asked for. What it holds, it holds until it ends. */
export type GuestAct =
  | { readonly act: 'sql'; readonly text: string }
  | { readonly act: 'sessions'; readonly total: number }
  | { readonly act: 'statements'; readonly sessions: number }
  | { readonly act: 'connections'; readonly count: number; readonly host: string; readonly port: number }
  | { readonly act: 'scripts'; readonly clients: number }
  | { readonly act: 'fill'; readonly share: number; readonly policy?: string }
  | { readonly act: 'empty'; readonly policy?: string };

/** One more client of Postgres and Valkey, in a container on the environment's network. */
export interface Guest {
  /** Rejects where the servers do not let it. */
  ask(act: GuestAct): Promise<Readonly<Record<string, unknown>>>;
  /** Gives back all that it holds. */
  close(): Promise<void>;
}

const answerSeconds = 60;
const ownFolder = fileURLToPath(new URL('guest', import.meta.url));
/** The folder with the packages of this project: the guest needs `pg` and `ioredis`. */
const packages = dirname(dirname(fileURLToPath(import.meta.resolve('pg/package.json'))));

/**
 * @param image any with Node.js that is on the engine
 */
export function openGuest(docker: Docker, { instance, environment }: Place, image: string, logins: Logins): Guest {
  const { network } = deriveNames(instance, environment);
  const labels = { [labelNames.instance]: instance, [labelNames.environment]: environment };
  const child = spawn(
    docker.executable,
    [
      ...['run', '--rm', '--interactive', '--init', '--pull', 'never', '--network', network, '--memory', '256m'],
      ...['--user', String(process.getuid?.() ?? 0), '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
      ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
      ...bindMount(packages, '/node_modules'),
      ...bindMount(ownFolder, '/guest'),
      ...['--entrypoint', 'node', image, '/guest/guest.mjs'],
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>(
    (resolve) => void child.once('close', () => resolve()).once('error', () => resolve()),
  );
  const waiting: ((line: string | undefined) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  void ended.then(() => {
    for (const answer of waiting.splice(0)) answer(undefined);
  });
  const send = (value: unknown) => void child.stdin.write(`${JSON.stringify(value)}\n`);
  send(logins);
  return {
    async ask(act) {
      const answer = new Promise<string | undefined>((resolve) => waiting.push(resolve));
      send(act);
      const timer = setTimeout(() => child.kill(), answerSeconds * 1000);
      const line = await answer.finally(() => clearTimeout(timer));
      const answered: Readonly<Record<string, unknown>> =
        line === undefined ? { failure: `it ended: ${said.trim()}` } : JSON.parse(line);
      const { failure } = answered;
      if (failure !== undefined) throw new Error(`The drill's own client could not do ${act.act}: ${String(failure)}`);
      return answered;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
