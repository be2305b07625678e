import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type Tracer as SpanSource,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, ParentBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Identity } from '../env/env.ts';
import type { OpenSpan, SpanEnd, SpanOptions, Tracer } from './tracer.ts';

const exportEveryMs = 2_000;
const exportTimeoutMs = 5_000;
const longestQueue = 2_048;

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER } as const;
const sampledFlag = 1;
/** https://www.w3.org/TR/trace-context/#traceparent-header */
const traceParentForm = /^00-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})$/;

/**
 * Spans by hand, with OpenTelemetry's SDK to sample and send them. Its instrumentations patch packages as they are loaded
 * from node_modules; here they are part of a bundle.
 */
export class OtelTracer implements Tracer {
  readonly #provider: TracerProvider;
  readonly #tracer: SpanSource;
  readonly #active = new AsyncLocalStorage<Span>();

  constructor(endpoint: string, identity: Identity) {
    const exporter = new OTLPTraceExporter({
      url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
      timeoutMillis: exportTimeoutMs,
    });
    this.#provider = new TracerProvider({
      // Whoever asks decides; what nobody asked for is followed. A collector can still keep less of it.
      sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
      resource: resourceFromAttributes({
        'service.name': identity.service,
        'service.version': identity.version,
        'deployment.environment.name': identity.environment,
        'cloud.region': identity.region,
      }),
      spanProcessors: [
        new BatchSpanProcessor({ exporter, scheduledDelayMillis: exportEveryMs, maxQueueSize: longestQueue }),
      ],
    });
    this.#tracer = this.#provider.getTracer('todo-api');
  }

  get isActive(): boolean {
    return this.#active.getStore() !== undefined;
  }

  get traceParent(): string | undefined {
    const context = this.#active.getStore()?.spanContext();
    return context && `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, '0')}`;
  }

  start({ name, kind, attributes = {}, parent }: SpanOptions): OpenSpan {
    const cause = spanContextFrom(parent) ?? this.#active.getStore()?.spanContext();
    const context = cause === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, cause);
    const span = this.#tracer.startSpan(name, { kind: kinds[kind], attributes }, context);
    return {
      traceId: span.spanContext().traceId,
      run: (work) => this.#active.run(span, work),
      end: (outcome) => endSpan(span, outcome),
    };
  }

  async close(): Promise<void> {
    await this.#provider.shutdown();
  }
}

function endSpan(span: Span, { name, attributes = {}, error }: SpanEnd = {}): void {
  if (name !== undefined) {
    span.updateName(name);
  }
  span.setAttributes(attributes);
  if (error !== undefined) {
    // Its name only: messages of drivers hold values.
    span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

function spanContextFrom(traceParent: string | undefined): SpanContext | undefined {
  const { traceId, spanId, flags } = traceParentForm.exec(traceParent ?? '')?.groups ?? {};
  if (traceId === undefined || spanId === undefined || flags === undefined) {
    return undefined;
  }
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & sampledFlag, isRemote: true };
}
