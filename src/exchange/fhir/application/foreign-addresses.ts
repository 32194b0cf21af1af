import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { type Context, detached } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';

/** An EHR that names an address outside of its own is a matter for security. */
@Injectable()
export class ForeignAddresses {
  constructor(private readonly audit: AuditFacade) {}

  /** Does the work; a foreign address that it throws leaves an audit event first, whatever becomes of the caller. */
  async telling<T>(ctx: Context, connectionId: Uuid, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isForeign(error)) await this.record(detached(ctx), connectionId);
      throw error;
    }
  }

  async record(ctx: Context, connectionId: Uuid): Promise<void> {
    await this.audit.record(ctx, {
      type: 'ehr.foreign-address-refused',
      action: 'E',
      outcome: 'serious-failure',
      entity: { kind: 'ehr-connection', id: connectionId },
    });
  }
}

export function isForeign(error: unknown): boolean {
  return error instanceof FhirFault && error.code === 'fhir.foreign-address';
}
