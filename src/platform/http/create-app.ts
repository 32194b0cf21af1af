import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import type { Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { frameworkLogger } from '../logging/framework-logger.js';
import { Log } from '../logging/log.js';
import { installBodyParsers, isWebhook, WEBHOOK_BODY_LIMIT } from './body-parsers.js';
import { installOpenApi } from './open-api.js';
import { answerProblem } from './problem-answer.js';
import { ProblemFilter } from './problem.filter.js';
import { validationPipe } from './validation.js';

const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  objectSrc: ["'none'"],
  frameAncestors: ["'none'"],
};

/** For a whole request to arrive: 4 MB take a second on a slow line. */
const REQUEST_TIMEOUT_MS = 15_000;

export interface AppOptions {
  /** Whether `/docs` is served. Its static files cannot be loaded inside jest's module system (measured). */
  docs: boolean;
}

/** The HTTP edge, the same in the product and in tests. Call `init()` or `listen()` on what it returns. */
export async function createApp(
  module: Type | DynamicModule,
  log: Log,
  { docs }: AppOptions = { docs: true },
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: WEBHOOK_BODY_LIMIT,
    // Whoever sends a body drop by drop holds memory that nobody has asked a signature for.
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => `req_${randomUUID()}`,
    requestIdHeader: false,
    // Ids are at most 31 characters; a longer parameter is nobody's.
    routerOptions: { maxParamLength: 100 },
    // Before there is a route there is no filter, and Fastify's own answer repeats the address.
    frameworkErrors: answerProblem,
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: frameworkLogger(log),
  });
  const fastify = adapter.getInstance();
  installBodyParsers(fastify);
  // Nobody's browser reads the answer to a webhook, and helmet writes its policy anew for every one of thousands a second.
  fastify.addHook('onRoute', (route) => {
    if (isWebhook(route.url) && route.method === 'POST') Object.assign(route, { helmet: false });
  });
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
  });
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    void reply.header('X-Request-Id', request.id);
    if (isWebhook(request.url)) void reply.header('X-Content-Type-Options', 'nosniff');
    if (!reply.hasHeader('Cache-Control')) void reply.header('Cache-Control', 'no-store');
    done();
  });
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter(log));
  installOpenApi(app, { ui: docs });
  return app;
}
