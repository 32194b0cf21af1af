import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { type Context, detached } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { ForeignPlace } from './fhir-fault.js';

/** A scan may meet thousands of them: the audit log says it once a minute for each connection and place. */
const QUIET_MS = 60_000;

/** An EHR that names an address outside of its own is a matter for security. */
@Injectable()
export class ForeignAddresses {
  private readonly told = new Map<string, number>();

  constructor(private readonly audit: AuditFacade) {}

  /** Writes the audit event, whatever becomes of the caller's transaction. */
  async tell(ctx: Context, connectionId: Uuid, where: ForeignPlace): Promise<void> {
    const key = `${connectionId} ${where}`;
    const now = performance.now();
    if (now - (this.told.get(key) ?? -Infinity) < QUIET_MS) return;
    this.told.set(key, now);
    try {
      await this.record(detached(ctx), connectionId, where);
    } catch (error) {
      this.told.delete(key);
      throw error;
    }
  }

  private async record(ctx: Context, connectionId: Uuid, where: ForeignPlace): Promise<void> {
    await this.audit.record(ctx, {
      type: 'ehr.foreign-address-refused',
      action: 'E',
      outcome: 'serious-failure',
      entity: { kind: 'ehr-connection', id: connectionId },
      detail: { where },
    });
  }
}
