import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { serve } from './http-server.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly response: ServerResponse;
}

/** A receiver of webhooks whose answers the test gives. */
export async function startReceiver(answer: (received: Received) => void) {
  const received: Received[] = [];
  const origin = await serve(({ url, headers }, body, response) => {
    const message = { path: url ?? '', headers, body, response };
    received.push(message);
    answer(message);
  });
  return { received, url: `${origin}/hook` };
}
