import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { apiModule, type BuiltFiles } from './api.module.ts';
import type { ApiEnv, HttpSettings } from './env/env.ts';
import { Readiness } from './health/readiness.ts';
import { AllowedMethods } from './http/allowed-methods.ts';
import { refusalOfHost } from './http/host.ts';
import { readJsonBodies, refusalOfContent } from './http/json-body.ts';
import type { OpenRequests } from './http/open-requests.ts';
import { refuseMalformed, refuseUnmet } from './http/parser-refusals.ts';
import { sendProblem } from './http/problem.filter.ts';
import { beginRequest, type ServerContext } from './http/request-hooks.ts';
import type { Logger } from './logging/logger.ts';
import { NestLogger } from './logging/nest-logger.ts';
import type { RequestObserver } from './metrics/request-observer.ts';

/** One hop, the load balancer: the address it appends to X-Forwarded-For is the client's, all before it is hearsay. */
const trustLoadBalancer = (_address: string, hop: number): boolean => hop === 0;

/** What becomes of the requests, for others than the server. */
export interface RequestRecords {
  readonly log: Logger;
  readonly observer: RequestObserver;
  readonly open: OpenRequests;
}

/** The API, ready to listen. */
export async function createApiServer(
  env: ApiEnv,
  logger: Logger,
  { log, observer, open }: RequestRecords,
  files: BuiltFiles,
): Promise<NestFastifyApplication> {
  let readiness: Readiness | undefined;
  const context = {
    logger,
    requestLogger: log,
    requests: observer,
    open,
    draining: () => readiness?.draining === true,
  };
  const adapter = createAdapter(env.http, context);
  const app = await NestFactory.create<NestFastifyApplication>(apiModule(env, logger, files), adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
    // Fastify parses JSON by itself, and nothing else is wanted: Nest would add forms.
    bodyParser: false,
  });
  readiness = app.get(Readiness);
  const server = adapter.getInstance();
  readJsonBodies(server);
  open.watch(server.server);
  refuseUnmet(server.server, context);
  const methods = new AllowedMethods();
  server.addHook('onRoute', (route) => methods.add(route));
  server.addHook('onRequest', (request, reply, done) =>
    beginRequest(request, reply, context, () => {
      const unrouted = methods.answerTo(request, reply);
      if (unrouted === 'options') {
        void reply.code(204).send();
      } else {
        done(refusalOfHost(request) ?? unrouted ?? refusalOfContent(request));
      }
    }),
  );
  // Nest's routes end in no slash, and addresses that people type do.
  server.get('/docs/', (_request, reply) => reply.redirect('/docs', 308));
  return app;
}

function createAdapter(settings: HttpSettings, context: ServerContext): FastifyAdapter {
  return new FastifyAdapter({
    trustProxy: trustLoadBalancer,
    bodyLimit: settings.bodyLimitBytes,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    // A request without Host is refused by a hook of ours, so that the refusal is a problem, too.
    http: { headersTimeout: settings.headersTimeoutMs, requireHostHeader: false },
    clientErrorHandler: (error, socket) => refuseMalformed(error, socket, context),
    // Our hooks give the request its id and its log line; no middleware of Express' kind is used.
    logger: false,
    skipMiddie: true,
    multipart: false,
    // Shutdown closes connections as they fall idle.
    forceCloseConnections: false,
    return503OnClosing: false,
    // What the router refuses never meets a hook.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      beginRequest(request, reply, context, () => sendProblem(error, request, reply, context.logger)),
  });
}
