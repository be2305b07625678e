import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AwsClients, createClients } from '../clients.ts';

/** What an operation answers: a body, or an error with the name that AWS gives it. */
type Answer = { readonly body: object } | { readonly error: string; readonly message?: string };

/** Answers by operation (`DescribeServices`); the call's number starts at 1. */
export type Handlers = Readonly<Record<string, (input: Readonly<Record<string, unknown>>, call: number) => Answer>>;

export interface WireServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly clients: AwsClients;
  /** Names of the operations that were called, in order. */
  readonly calls: readonly string[];
}

/**
 * Speaks the protocol of ECS, ECR, SSM and CloudWatch Logs (JSON 1.1, the operation in X-Amz-Target), with answers
 * in the shape of recorded ones, so that the SDK's own serialisation, retries and errors are what is tested.
 *
 * @param options how far the server's clock is ahead of this machine's
 */
export async function startWireServer(handlers: Handlers, { aheadMilliseconds = 0 } = {}): Promise<WireServer> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const operation =
        String(request.headers['x-amz-target'] ?? '')
          .split('.')
          .at(-1) ?? '';
      calls.push(operation);
      const input: unknown = JSON.parse((await readBody(request)) || '{}');
      const handler = handlers[operation];
      const answer: Answer =
        handler === undefined
          ? { error: 'UnknownOperationException', message: operation }
          : handler(isRecord(input) ? input : {}, calls.filter((call) => call === operation).length);
      const failed = 'error' in answer;
      response.setHeader('date', new Date(Date.now() + aheadMilliseconds).toUTCString());
      response.writeHead(failed ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(
        JSON.stringify(failed ? { __type: answer.error, message: answer.message ?? answer.error } : answer.body),
      );
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    calls,
    clients: createClients({
      region: 'eu-central-1',
      endpoint,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
