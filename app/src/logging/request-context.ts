import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line that is written on behalf of a request says about it. */
export interface RequestContext {
  readonly correlationId: string;
  /** Known once the token was looked at. */
  userId?: string;
  /** Of the job that is being done. */
  readonly jobId?: string;
  /** Where the work is part of a trace. */
  readonly traceId?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** Runs `next` and all that it starts on behalf of `context`. */
export function runInRequest<Result>(context: RequestContext, next: () => Result): Result {
  return storage.run(context, next);
}
