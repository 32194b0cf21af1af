import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { closeFence, fenceKey } from '../../../platform/database/fence.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault, notFound } from '../../../platform/errors/fault.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { VaultFacade } from '../../../foundation/vault/index.js';
import type { Consent, ConsentMethod, Evidence } from '../domain/consent.js';
import { ConsentWithdrawn } from '../events.js';
import { ConsentRepository } from '../infrastructure/consent.repository.js';
import { WithdrawalRepository } from '../infrastructure/withdrawal.repository.js';
import { ConsentHistory, evidencePlace } from './history.js';
import { Persons } from './persons.js';

/**
 * One consent, or by the patient's own word everything on an address. `saidIn`, the received message that says so,
 * becomes the withdrawal's own id: the same word twice is one withdrawal.
 */
export type Withdrawal = ({ consentId: Uuid } | { addressId: Uuid; saidIn?: Uuid }) & {
  method: ConsentMethod;
  evidence?: Evidence;
};

export interface WithdrawalResult {
  /** The consents that ended now. */
  withdrawn: Uuid[];
  /** Null when an earlier withdrawal had ended it all: then nothing is to be confirmed either. */
  withdrawalId: Uuid | null;
}

interface Scope {
  addressId: Uuid;
  consentId: Uuid | null;
}

/** Evidence under the contact's key, or by which code it could not be sealed. */
interface SealedEvidence {
  envelope: Buffer | null;
  fault?: string;
}

@Injectable()
export class Withdraw {
  constructor(
    private readonly transactions: Transactions,
    private readonly consents: ConsentRepository,
    private readonly withdrawals: WithdrawalRepository,
    private readonly persons: Persons,
    private readonly history: ConsentHistory,
    private readonly vault: VaultFacade,
    private readonly audit: AuditFacade,
    private readonly events: Events,
  ) {}

  run(ctx: Context, withdrawal: Withdrawal): Promise<WithdrawalResult> {
    return this.transactions.run(ctx, async (tx) => {
      const scopes = await this.scopesOf(tx, withdrawal);
      // First of all: from here to the commit no send to these addresses begins.
      await closeFence(
        tx,
        scopes.map(({ addressId }) => fenceKey(tx.organizationId, 'address', addressId)),
      );
      const results: WithdrawalResult[] = [];
      for (const scope of scopes) results.push(await this.end(tx, scope, withdrawal));
      const withdrawn = results.flatMap((result) => result.withdrawn);
      return { withdrawn, withdrawalId: results[0]!.withdrawalId };
    });
  }

  private async end(tx: TxContext, scope: Scope, withdrawal: Withdrawal): Promise<WithdrawalResult> {
    const saidIn = 'addressId' in withdrawal ? withdrawal.saidIn : undefined;
    // A word that was obeyed must not end what the patient agreed to after it.
    if (saidIn && (await this.withdrawals.get(tx, saidIn))) return { withdrawn: [], withdrawalId: saidIn };
    const by = { method: withdrawal.method, at: await nowIn(tx) };
    const ended = await this.consents.end(tx, scope, by);
    if (ended.length === 0 && (await this.isOver(tx, scope))) return { withdrawn: [], withdrawalId: null };
    const withdrawalId = saidIn ?? newId();
    const sealed = await this.seal(tx, { withdrawalId, ...scope }, withdrawal.evidence);
    const { method, at } = by;
    const row = { id: withdrawalId, ...scope, method, recordedAt: at, evidenceSealed: sealed.envelope };
    await this.withdrawals.add(tx, row);
    await this.tell(tx, ended, { withdrawalId, method, evidenceFault: sealed.fault });
    return { withdrawn: ended.map(({ id }) => id), withdrawalId };
  }

  /** The consent itself first. While several records are one person, the same purpose ends for each of them. */
  private async scopesOf(tx: TxContext, withdrawal: Withdrawal): Promise<Scope[]> {
    if ('addressId' in withdrawal) return [{ addressId: withdrawal.addressId, consentId: null }];
    const consent = await this.consents.get(tx, withdrawal.consentId);
    if (!consent) throw notFound('consent');
    const others = await this.persons.sameOf(tx, consent);
    return [consent, ...others].map(({ addressId, id }) => ({ addressId, consentId: id }));
  }

  /** An opt-out of somebody who never agreed is kept too: an older form that arrives later must not undo it. */
  private async isOver(tx: TxContext, scope: Scope): Promise<boolean> {
    return scope.consentId !== null || this.withdrawals.hasOptedOut(tx, scope.addressId);
  }

  /** An opt-out counts also where its evidence cannot be kept, as when the contact's key is destroyed or out of reach. */
  private async seal(
    tx: TxContext,
    of: { withdrawalId: Uuid; addressId: Uuid },
    evidence: Evidence | undefined,
  ): Promise<SealedEvidence> {
    if (evidence === undefined) return { envelope: null };
    const contact = { kind: 'contact', id: of.addressId } as const;
    try {
      const place = evidencePlace(of.withdrawalId);
      return { envelope: await this.vault.seal(tx, contact, place, JSON.stringify(evidence)) };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { envelope: null, fault: error.code };
    }
  }

  private async tell(
    tx: TxContext,
    ended: readonly Consent[],
    about: { withdrawalId: Uuid; method: ConsentMethod; evidenceFault: string | undefined },
  ): Promise<void> {
    const { withdrawalId, method, evidenceFault } = about;
    await this.history.add(tx, ended, { withdrawalId });
    const patients = [...new Set(ended.map(({ patientId }) => patientId))];
    for (const patientId of patients.length > 0 ? patients : [undefined]) {
      await this.audit.record(tx, {
        type: 'consent.withdrawn',
        action: 'U',
        entity: { kind: 'withdrawal', id: withdrawalId },
        ...(patientId && { patientId }),
        detail: {
          method,
          consents: ended.filter((one) => one.patientId === patientId).length,
          ...(evidenceFault && { evidence_fault: evidenceFault }),
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
