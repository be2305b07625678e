import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { apiModule, type BuiltFiles } from '../api.module.ts';
import type { ApiEnv, HttpSettings } from '../env.ts';
import { Readiness } from '../health/readiness.ts';
import type { Logger } from '../logging/logger.ts';
import { NestLogger } from '../logging/nest-logger.ts';
import { sendProblem } from './problem.filter.ts';
import { addRequestHooks, beginRequest, logRequest } from './request-hooks.ts';

/** One hop, the load balancer: the address it appends to X-Forwarded-For is the client's, all before it is hearsay. */
const trustLoadBalancer = (_address: string, hop: number): boolean => hop === 0;

/** The API, ready to listen. */
export async function createApiServer(env: ApiEnv, logger: Logger, files: BuiltFiles): Promise<NestFastifyApplication> {
  const adapter = createAdapter(env.http, logger);
  const app = await NestFactory.create<NestFastifyApplication>(apiModule(env, logger, files), adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
    // Fastify parses JSON by itself, and nothing else is wanted: Nest would add forms.
    bodyParser: false,
  });
  adapter.getInstance().removeContentTypeParser('text/plain');
  const readiness = app.get(Readiness);
  addRequestHooks(adapter.getInstance(), logger, () => readiness.draining);
  return app;
}

function createAdapter(settings: HttpSettings, logger: Logger): FastifyAdapter {
  return new FastifyAdapter({
    trustProxy: trustLoadBalancer,
    bodyLimit: settings.bodyLimitBytes,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    handlerTimeout: settings.requestTimeoutMs,
    http: { headersTimeout: settings.headersTimeoutMs },
    // Our hooks give the request its id and its log line; no middleware of Express' kind is used.
    logger: false,
    skipMiddie: true,
    multipart: false,
    // Shutdown closes connections as they fall idle.
    forceCloseConnections: false,
    return503OnClosing: false,
    // What the router refuses never meets a hook.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      beginRequest(request, reply, false, () => {
        sendProblem(error, request, reply, logger);
        logRequest(request, reply, logger);
      }),
  });
}
