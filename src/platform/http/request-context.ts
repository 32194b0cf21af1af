import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor, Context } from '../context/context.js';
import type { Uuid } from '../ids/ids.js';

/** Who calls an installation-wide route, and whose hospitals' lists it may see. */
export interface VisibleOrganizations {
  actor: Actor;
  organizationIds: Uuid[];
}

/** What the guard leaves on a request that it let through. */
export interface AdmittedRequest extends FastifyRequest {
  context?: Context;
  visible?: VisibleOrganizations;
}

/** The caller's context. The guard has set it: a route that asks for it always has a policy. */
export const Ctx = createParamDecorator((_: unknown, execution: ExecutionContext): Context => {
  const { context } = execution.switchToHttp().getRequest<AdmittedRequest>();
  if (!context) throw new Error('no context: the route has no policy that needs one');
  return context;
});

/** The organizations that a caller of an installation-wide route may see. */
export const Visible = createParamDecorator(
  (_: unknown, execution: ExecutionContext): VisibleOrganizations => {
    const { visible } = execution.switchToHttp().getRequest<AdmittedRequest>();
    if (!visible) throw new Error('no organizations: the route has no installation-wide policy');
    return visible;
  },
);
