import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { Loops } from '../../../platform/jobs/loops.js';
import type { Capabilities } from '../domain/capabilities.js';
import { meansSame, type Overrides } from '../domain/capability.policy.js';
import { type Lost, lostOf } from '../domain/lost.policy.js';
import { CapabilityChanged } from '../events.js';
import type { ConnectionEntity } from '../infrastructure/connection.entity.js';
import { ConnectionsRepository } from '../infrastructure/connections.repository.js';
import { KeptRepository } from '../infrastructure/kept.repository.js';
import { SyncRepository } from '../infrastructure/sync.repository.js';
import { PROBE_LOOP } from './loop-names.js';

/** A probe that was answered in part. */
const UNSURE_AGAIN = '1 hour';

/** Keeps what a probe found, and tells who must know that it is another. */
@Injectable()
export class KeepCapabilities {
  constructor(
    private readonly transactions: Transactions,
    private readonly connections: ConnectionsRepository,
    private readonly syncs: SyncRepository,
    private readonly kept: KeptRepository,
    private readonly worklist: WorklistFacade,
    private readonly audit: AuditFacade,
    private readonly events: Events,
    private readonly loops: Loops,
  ) {}

  /**
   * Publishes CapabilityChanged when the answer means another. Of settings that somebody changed meanwhile nothing is kept:
   * the EHR is asked again.
   */
  keep(
    ctx: Context,
    { id, version }: ConnectionEntity,
    found: Capabilities,
    { unsure }: { unsure: boolean },
  ): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const before = await this.connections.locked(tx, id);
      if (before?.version !== version) return this.askAgain(tx, id);
      const lost = lostOf(found, before, before as Overrides);
      await this.connections.saveCapabilities(tx, id, { capabilities: found, lost });
      await this.kept.offered(tx, id, found.creates);
      if (unsure) await this.syncs.probeAgain(tx, id, UNSURE_AGAIN);
      await this.tellStaff(tx, id, { before: before.lost ?? {}, now: lost });
      if (meansSame(found, before.capabilities)) return;
      await this.audit.record(tx, {
        type: 'ehr-connection.capabilities-changed',
        action: 'U',
        entity: { kind: 'ehr-connection', id },
        detail: { ...(before.capabilities && said(before.capabilities, '_before')), ...said(found, '') },
      });
      await this.events.publish(tx, CapabilityChanged, [id]);
    });
  }

  private async askAgain(tx: TxContext, id: Uuid): Promise<void> {
    await this.syncs.probeNow(tx, id);
    afterCommit(tx, () => void this.loops.wake(PROBE_LOOP));
  }

  /** Once for each loss: what a person has dealt with does not come back each day. */
  private async tellStaff(tx: TxContext, id: Uuid, lost: { before: Lost; now: Lost }): Promise<void> {
    const key = `fhir.capability-lost:${id}`;
    const names = Object.keys(lost.now);
    if (names.length === 0) {
      if (Object.keys(lost.before).length > 0) await this.worklist.resolve(tx, key, 'capability-back');
      return;
    }
    if (names.every((name) => name in lost.before)) return;
    await this.worklist.raise(tx, {
      kind: 'ehr-connection',
      reason: 'ehr-capability-lost',
      key,
      subject: { kind: 'ehr-connection', id },
    });
  }
}

function said(
  { appointmentWrite, summaryCarrier, syncStrategy }: Capabilities,
  when: '' | '_before',
): Record<string, string> {
  return {
    [`level${when}`]: appointmentWrite,
    [`carrier${when}`]: summaryCarrier,
    [`strategy${when}`]: syncStrategy,
  };
}
