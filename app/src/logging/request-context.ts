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
  /** Ends when nobody waits for the answer any more. */
  readonly abandonment?: Abandonment;
}

/** Whether somebody still waits. No AbortSignal: making and aborting one costs more than the rest of a request's bookkeeping. */
export class Abandonment {
  #listeners: Set<() => void> | undefined;
  #hasGone = false;

  get hasGone(): boolean {
    return this.#hasGone;
  }

  add(listener: () => void): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  delete(listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  end(): void {
    this.#hasGone = true;
    for (const listener of this.#listeners ?? []) {
      listener();
    }
  }
}

const storage = new AsyncLocalStorage<RequestContext>();

export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** For `Slots`. */
export function currentAsker(): Abandonment | undefined {
  return storage.getStore()?.abandonment;
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
