import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../context/context.js';

/** What the guard leaves on a request that it let through. */
export interface AdmittedRequest extends FastifyRequest {
  context?: Context;
}

/** The caller's context. The guard has set it: a route that asks for it always has a policy. */
export const Ctx = createParamDecorator((_: unknown, execution: ExecutionContext): Context => {
  const { context } = execution.switchToHttp().getRequest<AdmittedRequest>();
  if (!context) throw new Error('no context: the route has no policy that needs one');
  return context;
});
