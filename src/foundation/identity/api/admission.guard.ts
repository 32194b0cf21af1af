import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { Fault } from '../../../platform/errors/fault.js';
import { POLICY, type Policy } from '../../../platform/http/policy.js';
import type { AdmittedRequest } from '../../../platform/http/request-context.js';
import { Admission } from '../application/admission.js';
import type { Caller } from '../application/callers.js';
import { RateLimits } from './rate-limits.js';

/** Lets through what the route's policy allows. A route without a policy lets nobody through. */
@Injectable()
export class AdmissionGuard extends AuthGuard('api-key') {
  constructor(
    private readonly reflector: Reflector,
    private readonly admission: Admission,
    private readonly limits: RateLimits,
  ) {
    super();
  }

  override async canActivate(execution: ExecutionContext): Promise<boolean> {
    const policy = this.reflector.getAllAndOverride<Policy | undefined>(POLICY, [
      execution.getHandler(),
      execution.getClass(),
    ]);
    if (!policy) throw new Error('this route has no policy');
    if (policy.kind === 'public') return true;
    const request = execution.switchToHttp().getRequest<AdmittedRequest & { user?: Caller }>();
    await this.limits.beforeAuthentication(request.ip);
    await super.canActivate(execution);
    await this.admit(request, policy);
    return true;
  }

  override handleRequest<User>(error: Error | null, caller: User | false): User {
    if (error) throw error;
    if (!caller) throw unauthenticated();
    return caller;
  }

  private async admit(
    request: AdmittedRequest & { user?: Caller },
    policy: Extract<Policy, { kind: 'scope' }>,
  ): Promise<void> {
    const caller = request.user!;
    await this.limits.afterAuthentication(caller.actor.id);
    if (!policy.organization) {
      this.admission.require(caller, policy.scope);
      const visible = await this.admission.visibleTo(caller);
      request.visible = { actor: caller.actor, organizationIds: visible.map(({ id }) => id) };
      return;
    }
    const slug = request.headers['x-organization'];
    const context = await this.admission.contextOf(caller, slug?.toString(), request.id);
    await this.admission.requireAudited(context, policy.scope);
    request.context = context;
  }
}

function unauthenticated(): Fault {
  return new Fault({
    code: 'unauthenticated',
    kind: 'unauthenticated',
    words: 'Send a valid API key as Authorization: Bearer.',
  });
}
