import type { FastifyReply, FastifyRequest } from 'fastify';
import { asFault, problemOf } from './problem.js';

/** The answer to a failure outside Nest: status and title, nothing of what was sent. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(asFault(error), request.id);
  void reply.status(problem.status).type('application/problem+json').send(problem);
}
