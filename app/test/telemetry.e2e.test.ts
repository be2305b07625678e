import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { freePort } from '../dev/postgres-server.ts';
import { Client, newAccount, register } from './support/client.ts';
import { serve } from './support/http-server.ts';
import { addJob } from './support/jobs-in-database.ts';
import { createDatabase, eventually, RunningApp, type Variables } from './support/running-app.ts';
import { itWithValkey, ValkeyServer } from './support/valkey-server.ts';

let database: Variables;
beforeAll(async () => {
  database = await createDatabase({ migrated: true });
});

async function metricsAt(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(response.status).toBe(200);
  return response.text();
}

describe('metrics', () => {
  it('of the API tell rate, errors and duration of each route, and how the process is', async () => {
    const port = await freePort();
    const app = await RunningApp.start({ ...database, METRICS_PORT: String(port) });
    const { client } = await register(app);
    await client.send('GET', '/todos');
    await client.send('GET', '/todos/7c4a8d09-ca37-4f4b-9d0c-1f2b3c4d5e6f');
    const text = await metricsAt(port);
    const count = 'http_request_duration_seconds_count{service="api",method="GET"';
    expect(text).toContain(`${count},route="/todos",status="200"} 1\n`);
    expect(text).toContain(`${count},route="/todos/:id",status="404"} 1\n`);
    expect(text).toMatch(/^event_loop_lag_p99_seconds\{service="api"\} \d/m);
    expect(text).toMatch(/^heap_used_bytes\{service="api"\} [1-9]/m);
    expect(text).toMatch(/^database_pool_connections\{service="api"\} 4$/m);
    expect(text).toMatch(/^database_pool_in_use\{service="api"\} \d/m);
    // Not where the world can ask.
    expect(await app.statusOf('/metrics')).toBe(404);
  });

  it('do not keep the API from running when their port is taken', async () => {
    const port = await freePort();
    const taken = createServer().listen(port, '0.0.0.0');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const app = await RunningApp.start({ ...database, METRICS_PORT: String(port) });
    await eventually(() => app.logs.some(({ operation }) => operation === 'metrics'), 'the line that says so');
    expect(await app.statusOf('/ready')).toBe(200);
  });

  itWithValkey('of a worker count its jobs', async () => {
    const [valkey, port] = [await ValkeyServer.start(), await freePort()];
    onTestFinished(() => valkey.remove());
    const worker = await RunningApp.spawn(
      { ...database, ...valkey.variables, SERVICE_NAME: 'worker', WORKER_CONCURRENCY: '2', METRICS_PORT: String(port) },
      'worker.js',
    );
    onTestFinished(() => worker.kill());
    await worker.becomes(200, '/health');
    await addJob(database, 'welcome-mail', { userId: 'not an id' });
    await eventually(async () => /^jobs_dead\{service="worker"\} 1$/m.test(await metricsAt(port)), 'the dead job');
    // The accounts of the tests before have jobs, too.
    await eventually(async () => /^queue_depth\{service="worker"\} 0$/m.test(await metricsAt(port)), 'the others');
    const text = await metricsAt(port);
    expect(text).toMatch(/^jobs_buried_total\{job="welcome-mail",service="worker"\} 1$/m);
    expect(text).toMatch(/^job_duration_seconds_count\{service="worker",job="welcome-mail",outcome="failed"\} 1$/m);
    expect(text).toMatch(/^queue_oldest_seconds\{service="worker"\} 0$/m);
  });
});

const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({
        attributes: z.array(z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }) })),
      }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
            }),
          ),
        }),
      ),
    }),
  ),
});

interface SeenSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
}

/** What a collector is to us: an address that takes OTLP over HTTP. */
async function startCollector() {
  const spans: SeenSpan[] = [];
  const endpoint = await serve((request, body, response) => {
    const { resourceSpans } = exported.parse(JSON.parse(body));
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
      spans.push(...scopeSpans.flatMap(({ spans: found }) => found.map((span) => ({ ...span, service }))));
    }
    response.writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
  });
  return { spans, endpoint };
}

describe('traces', () => {
  itWithValkey('follow a request through Postgres and Valkey into its job', async () => {
    const valkey = await ValkeyServer.start();
    onTestFinished(() => valkey.remove());
    const { spans, endpoint } = await startCollector();
    const everything = { ...database, ...valkey.variables, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
    const app = await RunningApp.start(everything);
    const worker = await RunningApp.spawn(
      { ...everything, SERVICE_NAME: 'worker', WORKER_CONCURRENCY: '2' },
      'worker.js',
    );
    onTestFinished(() => worker.kill());

    const [traceId, callerSpan] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const answer = await new Client(app).send('POST', '/auth/register', {
      body: newAccount(),
      headers: { traceparent: `00-${traceId}-${callerSpan}-01` },
    });
    expect(answer.status).toBe(201);
    const named = (service: string, name: string) =>
      spans.find((span) => span.traceId === traceId && span.service === service && span.name === name);
    await eventually(() => named('worker', 'job welcome-mail') !== undefined, 'the span of the job', 20_000);
    await eventually(() => named('api', 'POST /auth/register') !== undefined, 'the span of the request');

    const request = named('api', 'POST /auth/register');
    expect(request?.parentSpanId).toBe(callerSpan);
    // The rate limit is a script, which a new server does not know by its hash yet.
    for (const name of ['INSERT', 'COMMIT', 'EVAL']) {
      await eventually(() => named('api', name) !== undefined, `a span of ${name}`);
      expect(named('api', name)?.parentSpanId).toBe(request?.spanId);
    }
    const job = named('worker', 'job welcome-mail');
    expect(job?.parentSpanId).toBe(request?.spanId);
    await eventually(() => named('worker', 'UPDATE') !== undefined, 'a statement of the job');
    expect(named('worker', 'UPDATE')?.parentSpanId).toBe(job?.spanId);

    const lineOf = (from: RunningApp, operation: string) => from.logs.find((line) => line['operation'] === operation);
    expect(lineOf(app, 'POST /auth/register')).toMatchObject({ traceId });
    const jobLine = lineOf(worker, 'job welcome-mail');
    expect(jobLine).toMatchObject({ traceId, correlationId: lineOf(app, 'POST /auth/register')?.['correlationId'] });
    // Polling and checks are nobody's request.
    expect(spans.filter((span) => span.parentSpanId === undefined && span.service === 'worker')).toEqual([]);
  });

  it('of the last requests are sent before the process ends', async () => {
    const { spans, endpoint } = await startCollector();
    const app = await RunningApp.start({ ...database, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    await new Client(app).send('GET', '/todos');
    app.signal('SIGTERM');
    expect(await app.exited).toMatchObject({ code: 0 });
    expect(spans.map(({ name }) => name)).toContain('GET /todos');
  });

  it('cost nothing where no collector is set: their code is not part of what is loaded', () => {
    for (const file of ['main.bundle.cjs', 'worker.bundle.cjs']) {
      expect(readFileSync(join(inject('dist'), file), 'latin1')).not.toContain('OTLPTraceExporter');
    }
  });
});
