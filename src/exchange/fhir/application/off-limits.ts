import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { parseReference } from '../domain/reference.js';
import { WithheldRecords } from '../infrastructure/withheld-records.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';

/** Records behind break-the-glass, for what writes: asking or changing anything about them is another break-in. */
@Injectable()
export class OffLimits {
  constructor(
    private readonly resources: ResourcesRepository,
    private readonly withheld: WithheldRecords,
  ) {}

  /** Whether any of these is one (`Patient/1`). */
  async any(tx: TxContext, connectionId: Uuid, references: readonly string[]): Promise<boolean> {
    return (await this.resources.restricted(tx, connectionId, references)).size > 0;
  }

  /** The EHR said so of a patient: from now on it is one, and a person is told. */
  async note(ctx: Context, connectionId: Uuid, reference: string | null): Promise<void> {
    const key = parseReference(reference ?? undefined, '');
    if (key?.type === 'Patient') await this.withheld.restrict(ctx, connectionId, key);
  }
}
