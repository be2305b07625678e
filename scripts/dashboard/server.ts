import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ranges, type Sources } from './sources.ts';

const page = (file: string) => join(import.meta.dirname, 'page', file);
/** Of a package's own file, wherever npm has put it. Node's condition would choose a build for servers. */
const beside = (specifier: string, file: string) => fileURLToPath(new URL(file, import.meta.resolve(specifier)));

const types = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** Everything that the page consists of: nothing else of the disk can be asked for. */
const files: Readonly<Record<string, string>> = {
  '/': page('index.html'),
  '/style.css': page('style.css'),
  '/icon.svg': page('icon.svg'),
  '/page.js': page('page.js'),
  '/charts.js': page('charts.js'),
  '/format.js': page('format.js'),
  '/sections.js': page('sections.js'),
  '/lit-html/lit-html.js': beside('lit-html', '../lit-html.js'),
  '/uplot/uplot.js': beside('uplot', './uPlot.esm.js'),
  '/uplot/uplot.css': beside('uplot', './uPlot.min.css'),
};

/** Longer than any id that an app would make; the header itself may be of any length. */
const longestId = 200;

export interface Served {
  /** `http://127.0.0.1:43211` */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves the page on a free port of the loopback interface. It only reads: every method but GET and HEAD is refused.
 *
 * @param runbooks directory of the pages that alarms lead to
 */
export async function serveDashboard(sources: Sources, runbooks: string): Promise<Served> {
  const policy = await contentPolicy();
  const server = createServer((request, response) => {
    answer({ sources, runbooks, policy, request, response }).catch((error: unknown) => {
      // A bug: the page says that it cannot read, and the next question may be answered.
      if (!response.headersSent) send(response, 500, 'text/plain', error instanceof Error ? error.message : 'failed');
      else response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    address: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close').catch(() => undefined);
    },
  };
}

interface Exchange {
  readonly sources: Sources;
  readonly runbooks: string;
  readonly policy: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer({ sources, runbooks, policy, request, response }: Exchange): Promise<void> {
  response.setHeader('content-security-policy', policy);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('cache-control', 'no-store');
  if (!isOwnHost(request)) {
    return send(response, 421, 'text/plain', 'This page is reached as http://127.0.0.1 or http://localhost only.\n');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, 405, 'text/plain', 'This page changes nothing.\n');
  }
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const file = files[url.pathname];
  if (file !== undefined) return send(response, 200, typeOf(file), await readFile(file));
  const runbook = runbookOf(url.pathname);
  const text = runbook === undefined ? undefined : await readFile(join(runbooks, runbook)).catch(() => undefined);
  if (text !== undefined) return send(response, 200, 'text/plain; charset=utf-8', text);
  const read = readingOf(url, sources);
  if (read === undefined) return send(response, 404, 'text/plain', 'There is nothing here.\n');
  // Compact: under load, an hour of all charts is a few hundred kilobytes.
  send(response, 200, 'application/json', JSON.stringify(await read()));
}

/** A page of somebody else that lets a name of its own lead here, DNS rebinding, sends that name. */
function isOwnHost({ headers, socket }: IncomingMessage): boolean {
  return [`127.0.0.1:${socket.localPort}`, `localhost:${socket.localPort}`].includes(headers.host ?? '');
}

/** @returns `undefined`: there is no such page, or what is asked for is not one of the choices */
function readingOf({ pathname, searchParams }: URL, sources: Sources): (() => Promise<unknown>) | undefined {
  switch (pathname) {
    case '/api/outline':
      return async () => sources.outline;
    case '/api/now':
      return () => sources.now();
    case '/api/failures':
      return () => sources.failures();
    case '/api/charts': {
      const minutes = Number(searchParams.get('minutes'));
      return ranges.has(minutes) ? () => sources.charts(minutes) : undefined;
    }
    case '/api/trace': {
      const id = searchParams.get('id') ?? '';
      return id !== '' && id.length <= longestId ? () => sources.trace(id) : undefined;
    }
    default:
      return undefined;
  }
}

/** @returns the name of a page, if there may be one: it leads to no other directory */
function runbookOf(path: string): string | undefined {
  return /^\/runbooks\/([\w-]+\.md)$/.exec(path)?.[1];
}

/** The page names its libraries in an import map, the only script that is part of its text. */
async function contentPolicy(): Promise<string> {
  const [, map = ''] =
    /<script type="importmap">([\s\S]*?)<\/script>/.exec(await readFile(page('index.html'), 'utf8')) ?? [];
  const hash = createHash('sha256').update(map).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function typeOf(file: string): string {
  const extension = file.slice(file.lastIndexOf('.') + 1);
  return Object.entries(types).find(([name]) => name === extension)?.[1] ?? 'text/plain; charset=utf-8';
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
