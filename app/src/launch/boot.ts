import { systemClock } from '../clock/clock.ts';
import type { ServiceEnv } from '../env/env.ts';
import { createLogger, createRequestLogger, type Logger, standardOutput } from '../logging/logger.ts';
import { logNodeWarnings } from '../logging/node-warnings.ts';
import type { MetricsSources } from '../metrics/instruments.ts';
import { exitOnCrash } from '../shutdown/crash.ts';
import { type ServiceSteps, Shutdown } from '../shutdown/shutdown.ts';
import { currentTracer } from '../tracing/tracer.ts';

/** A process that runs until it is told to stop. */
export interface Service {
  readonly logger: Logger;
  readonly requestLogger: Logger;
  /** Says that it does its work now; from here on a signal ends it step by step. */
  running(message: string, port: number, steps: ServiceSteps): void;
  /** Serves its figures, where a port is set for them. Loaded after the start, which it must not slow down. */
  measure(sources: Omit<MetricsSources, 'service'>): Promise<void>;
}

/** What every service has before it does anything of its own: log, crash handling, signals, tracing. */
export async function boot({ identity, logLevel, telemetry, shutdown: budget }: ServiceEnv): Promise<Service> {
  const logs = standardOutput();
  const logger = createLogger(identity, logLevel, logs);
  exitOnCrash(logger, logs);
  logNodeWarnings(logger);
  // Until it runs there is nothing to finish. As PID 1 the kernel would drop a signal that nobody handles.
  let onSignal: (signal: string) => void = () => process.exit(0);
  process.on('SIGTERM', (signal) => onSignal(signal));
  process.on('SIGINT', (signal) => onSignal(signal));
  if (telemetry.tracing !== undefined) {
    const { startTracing } = await import('../tracing/start-tracing.ts');
    startTracing(telemetry.tracing, identity);
  }
  return {
    logger,
    requestLogger: createRequestLogger(identity, logLevel, logs),
    running(message, port, steps) {
      const shutdown = new Shutdown(
        {
          ...steps,
          async closeResources() {
            await steps.closeResources();
            await currentTracer()?.close();
          },
          flushLogs: () => logs.flushSync(),
          // Not a signal to ourselves: the kernel ignores it when we are PID 1.
          exit: (code) => process.exit(code),
        },
        budget,
        systemClock,
        logger,
      );
      onSignal = (signal) => shutdown.onSignal(signal);
      logger.info({ operation: 'start', port, startedInMs: Math.round(performance.now()) }, message);
    },
    async measure(sources) {
      if (telemetry.metrics !== undefined) {
        const { startMetrics } = await import('../metrics/start-metrics.ts');
        startMetrics(telemetry.metrics, { ...sources, service: identity.service }, logger);
      }
    },
  };
}
