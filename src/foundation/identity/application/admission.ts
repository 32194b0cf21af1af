import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Fault, notFound } from '../../../platform/errors/fault.js';
import type { Context } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { AuditFacade } from '../../audit/index.js';
import { OrganizationsFacade } from '../../organizations/index.js';
import { can } from '../domain/can.policy.js';
import type { Caller } from './callers.js';

/** Whether a caller may use a route, and for which hospital. */
@Injectable()
export class Admission {
  constructor(
    private readonly organizations: OrganizationsFacade,
    private readonly audit: AuditFacade,
  ) {}

  /** The same, and what is refused stands in the hospital's audit log. */
  async requireAudited(ctx: Context, scope: string): Promise<void> {
    if (!can(ctx, scope)) {
      await this.audit.record(ctx, {
        type: 'authorization.denied',
        action: 'E',
        outcome: 'serious-failure',
        detail: { scope },
      });
    }
    this.require(ctx, scope);
  }

  /** Throws `forbidden` when the caller lacks the scope. */
  require(caller: Pick<Context, 'actor'>, scope: string): void {
    if (can(caller, scope)) return;
    throw new Fault({ code: 'forbidden', kind: 'forbidden', words: `This key lacks the scope ${scope}.` });
  }

  /** The caller's context for one hospital. A hospital that the caller may not see does not exist. */
  async contextOf(caller: Caller, slug: string | undefined, requestId: string): Promise<Context> {
    const organizationId = await this.choose(await this.visibleTo(caller), slug);
    return {
      organizationId,
      actor: caller.actor,
      purpose: 'operations',
      correlationId: requestId || randomUUID(),
    };
  }

  async visibleTo(caller: Caller): Promise<{ id: Uuid; slug: string }[]> {
    const all = await this.organizations.all();
    return caller.organizationId === null ? all : all.filter(({ id }) => id === caller.organizationId);
  }

  private async choose(visible: { id: Uuid; slug: string }[], slug: string | undefined): Promise<Uuid> {
    if (slug !== undefined) {
      const named = visible.find((organization) => organization.slug === slug);
      if (!named) throw notFound('organization');
      return named.id;
    }
    if (visible.length === 1) return visible[0]!.id;
    throw new Fault({
      code: 'organization.which',
      kind: 'invalid',
      words: 'This key sees several organizations: name one in the header X-Organization.',
    });
  }
}
