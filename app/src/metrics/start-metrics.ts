import { createServer } from 'node:http';
import type { MetricsSettings } from '../env/services.ts';
import type { Logger } from '../logging/logger.ts';
import { type EmfMetric, emfFields } from './emf.ts';
import { EventLoopLag } from './event-loop-lag.ts';
import { createInstruments, type MetricsSources } from './instruments.ts';

/** CloudWatch's alarms look at whole minutes. */
const windowMs = 60_000;

/** Serves /metrics on a port of its own and writes what alarms need among the log lines. Runs until the process ends. */
export function startMetrics(settings: MetricsSettings, sources: MetricsSources, logger: Logger): void {
  const lag = new EventLoopLag();
  const registry = createInstruments(sources, lag);
  const server = createServer((request, response) => {
    if (request.url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) => {
        logger.warn({ operation: 'metrics', err: error }, 'metrics could not be gathered');
        response.writeHead(503).end();
      },
    );
  });
  // The service is worth more than its figures: a port that is taken must not end it.
  server.on('error', (error) => logger.error({ operation: 'metrics', err: error }, 'metrics are not served'));
  server.listen(settings.port, '0.0.0.0').unref();
  const { namespace } = settings;
  // Of a level of its own: alarms and autoscaling read these lines, however little else the log is to hold.
  const metricsLogger = logger.child({ operation: 'metrics' }, { level: 'info' });
  const endWindow = async () => {
    if (namespace !== undefined) {
      const metrics = [...processMetrics(sources, lag), ...(await jobMetrics(sources))];
      metricsLogger.info(emfFields(namespace, sources.service, metrics, Date.now()), 'metrics');
    }
    lag.startWindow();
  };
  setInterval(() => {
    endWindow().catch((error: unknown) =>
      logger.warn({ operation: 'metrics', err: error }, 'metrics were not written'),
    );
  }, windowMs).unref();
}

function processMetrics({ pool }: MetricsSources, lag: EventLoopLag): readonly EmfMetric[] {
  const { inUse, size } = pool();
  return [
    { name: 'EventLoopLagP99Ms', unit: 'Milliseconds', value: lag.p99Ms },
    { name: 'DatabasePoolInUsePercent', unit: 'Percent', value: (100 * inUse) / size },
  ];
}

async function jobMetrics({ jobs }: MetricsSources): Promise<readonly EmfMetric[]> {
  if (jobs === undefined) {
    return [];
  }
  const { depth, oldestSeconds, dead } = await jobs.backlog();
  return [
    { name: 'QueueAgeSeconds', unit: 'Seconds', value: oldestSeconds },
    { name: 'QueueDepth', unit: 'Count', value: depth },
    { name: 'DeadJobs', unit: 'Count', value: dead },
  ];
}
