import type { SSMClient } from '@aws-sdk/client-ssm';

/** A client of the SDK. Each has a type of its own, of which nothing that differs is used here. */
interface Client {
  readonly config: object;
}

/**
 * Lets a signal cut the calls of a client that are in flight, and refuse those that follow.
 *
 * @param interruption is asked at each call; `undefined`: this one is not to be cut, since something may have changed
 */
export function makeInterruptible(client: Client, interruption: () => AbortSignal | undefined): void {
  const { requestHandler } = client.config as SSMClient['config'];
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) => {
    const signal = interruption();
    if (signal === undefined) return handle(request, options);
    const { abortSignal }: { readonly abortSignal?: unknown } = options ?? {};
    const own = abortSignal instanceof AbortSignal ? [abortSignal] : [];
    return handle(request, { ...options, abortSignal: AbortSignal.any([signal, ...own]) });
  };
}
