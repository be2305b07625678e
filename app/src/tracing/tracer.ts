/** What a stretch of work is, as OpenTelemetry's conventions call it. */
export interface SpanOptions {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'consumer';
  readonly attributes?: SpanAttributes;
  /** `traceparent` (W3C) of whoever caused the work; left out: the work around it, or nobody. */
  readonly parent?: string | undefined;
}

export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface SpanEnd {
  /** A better name, where it is known only now. */
  readonly name?: string;
  readonly attributes?: SpanAttributes;
  readonly error?: unknown;
}

export interface OpenSpan {
  readonly traceId: string;
  /** Work that `work` starts belongs to this span. */
  run<Result>(work: () => Result): Result;
  end(outcome?: SpanEnd): void;
}

/** Follows work through processes. Where no collector is set there is none, and nothing of it is even loaded. */
export interface Tracer {
  start(options: SpanOptions): OpenSpan;
  /** Whether the work at hand belongs to a span. */
  readonly isActive: boolean;
  /** For whoever continues the work elsewhere. */
  readonly traceParent: string | undefined;
  /** Sends what is not sent yet. */
  close(): Promise<void>;
}

let installed: Tracer | undefined;

export function currentTracer(): Tracer | undefined {
  return installed;
}

/** Call it before anything that should be followed. */
export function installTracer(tracer: Tracer): void {
  installed = tracer;
}
