import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { withoutValues } from '../database/database-fault.js';
import { Log } from '../logging/log.js';
import { asFault, problemOf } from './problem.js';

/** The one place where a failure becomes an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const fault = asFault(withoutValues(error));
    const problem = problemOf(fault, request.id);
    if (problem.status >= 500) {
      this.log.error(
        'http.failed',
        { request_id: request.id, code: fault.code, route: request.routeOptions?.url },
        error,
      );
    }
    if (fault.retryAfterSeconds !== undefined)
      void reply.header('Retry-After', String(fault.retryAfterSeconds));
    if (problem.status === 401) void reply.header('WWW-Authenticate', 'Bearer');
    void reply.status(problem.status).type('application/problem+json').send(problem);
  }
}
