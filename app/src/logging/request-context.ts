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
  /** Aborted when nobody waits for the answer any more. */
  readonly abandonment?: Abandonment;
}

/** Whether somebody still waits. The signal is made when it is asked for, which few requests do. */
export class Abandonment {
  #controller: AbortController | undefined;
  #over = false;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#over) {
      this.#controller.abort();
    }
    return this.#controller.signal;
  }

  end(): void {
    this.#over = true;
    this.#controller?.abort();
  }
}

const storage = new AsyncLocalStorage<RequestContext>();

export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** For `Slots`. */
export function abandonedSignal(): AbortSignal | undefined {
  return storage.getStore()?.abandonment?.signal;
}

/** What log lines say of a request. */
export function loggedOf(context: RequestContext | undefined): object {
  const { abandonment: _, ...fields }: Partial<RequestContext> = context ?? {};
  return fields;
}

/** Runs `next` and all that it starts on behalf of `context`. */
export function runInRequest<Result>(context: RequestContext, next: () => Result): Result {
  return storage.run(context, next);
}
