import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { closeFence, fenceKey } from '../../../platform/database/fence.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { VaultFacade } from '../../../foundation/vault/index.js';
import type { Consent, ConsentMethod, Evidence } from '../domain/consent.js';
import { ConsentWithdrawn } from '../events.js';
import { ConsentRepository } from '../infrastructure/consent.repository.js';
import { WithdrawalRepository } from '../infrastructure/withdrawal.repository.js';
import { ConsentHistory, evidencePlace } from './history.js';

/** One consent, or by the patient's own word everything on an address. */
export type Withdrawal = ({ consentId: Uuid } | { addressId: Uuid }) & {
  method: ConsentMethod;
  evidence?: Evidence;
};

export interface WithdrawalResult {
  /** The consents that ended now. */
  withdrawn: Uuid[];
  /** Null when it had been withdrawn before: then nothing is to be confirmed either. */
  withdrawalId: Uuid | null;
}

interface Scope {
  addressId: Uuid;
  consentId: Uuid | null;
}

@Injectable()
export class Withdraw {
  constructor(
    private readonly transactions: Transactions,
    private readonly consents: ConsentRepository,
    private readonly withdrawals: WithdrawalRepository,
    private readonly history: ConsentHistory,
    private readonly vault: VaultFacade,
    private readonly audit: AuditFacade,
    private readonly events: Events,
  ) {}

  run(ctx: Context, withdrawal: Withdrawal): Promise<WithdrawalResult> {
    return this.transactions.run(ctx, async (tx) => {
      const scope = await this.scopeOf(tx, withdrawal);
      // First of all: from here to the commit no send to this address begins.
      await closeFence(tx, [fenceKey(tx.organizationId, 'address', scope.addressId)]);
      const by = { method: withdrawal.method, at: await nowIn(tx) };
      const ended = await this.consents.end(tx, scope, by);
      if (ended.length === 0 && (await this.isOver(tx, scope))) return { withdrawn: [], withdrawalId: null };
      const withdrawalId = await this.record(tx, scope, { ...by, evidence: withdrawal.evidence });
      await this.tell(tx, ended, { withdrawalId, withdrawal });
      return { withdrawn: ended.map(({ id }) => id), withdrawalId };
    });
  }

  private async scopeOf(tx: TxContext, withdrawal: Withdrawal): Promise<Scope> {
    if ('addressId' in withdrawal) return { addressId: withdrawal.addressId, consentId: null };
    const consent = await this.consents.get(tx, withdrawal.consentId);
    if (!consent) throw notFound('consent');
    return { addressId: consent.addressId, consentId: consent.id };
  }

  /** An opt-out of somebody who never agreed is kept too: an older form that arrives later must not undo it. */
  private async isOver(tx: TxContext, scope: Scope): Promise<boolean> {
    return scope.consentId !== null || this.withdrawals.hasOptedOut(tx, scope.addressId);
  }

  private async record(
    tx: TxContext,
    scope: Scope,
    by: { method: ConsentMethod; at: Date; evidence?: Evidence },
  ): Promise<Uuid> {
    const id = newId();
    const contact = { kind: 'contact', id: scope.addressId } as const;
    const evidenceSealed =
      by.evidence === undefined
        ? null
        : await this.vault.seal(tx, contact, evidencePlace(id), JSON.stringify(by.evidence));
    await this.withdrawals.add(tx, { id, ...scope, method: by.method, recordedAt: by.at, evidenceSealed });
    return id;
  }

  private async tell(
    tx: TxContext,
    ended: readonly Consent[],
    about: { withdrawalId: Uuid; withdrawal: Withdrawal },
  ): Promise<void> {
    const { withdrawalId, withdrawal } = about;
    await this.history.add(tx, ended, { withdrawalId });
    const patients = [...new Set(ended.map(({ patientId }) => patientId))];
    for (const patientId of patients.length > 0 ? patients : [undefined]) {
      await this.audit.record(tx, {
        type: 'consent.withdrawn',
        action: 'U',
        entity: { kind: 'withdrawal', id: withdrawalId },
        ...(patientId && { patientId }),
        detail: {
          method: withdrawal.method,
          consents: ended.filter((one) => one.patientId === patientId).length,
        },
      });
    }
    await this.events.publish(
      tx,
      ConsentWithdrawn,
      ended.map(({ id }) => id),
    );
  }
}
