import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { TxContext } from '../../../platform/context/context.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { VaultFacade, type KeySubject, type Keys, type Place } from '../../../foundation/vault/index.js';
import type { Consent, ConsentMethod, ConsentStatus, Evidence } from '../domain/consent.js';
import type { ConsentChangeEntity } from '../infrastructure/consent.entity.js';
import { ConsentRepository } from '../infrastructure/consent.repository.js';
import { WithdrawalRepository } from '../infrastructure/withdrawal.repository.js';

/** What stands behind one version. PHI. */
export interface ConsentVersion {
  version: number;
  status: ConsentStatus;
  method: ConsentMethod;
  wordingVersion: string;
  recordedAt: Date;
  changedAt: Date;
  actor: string;
  withdrawalId: Uuid | null;
  evidence: Evidence | null;
  otherChannel: string | null;
}

export interface Behind {
  evidence?: Evidence;
  otherChannel?: string;
  withdrawalId?: Uuid;
}

const TABLE = 'consent.change';

/** Every version of every consent, with the evidence sealed under the patient's key. */
@Injectable()
export class ConsentHistory {
  constructor(
    private readonly consents: ConsentRepository,
    private readonly withdrawals: WithdrawalRepository,
    private readonly vault: VaultFacade,
  ) {}

  /** Adds the present version of these consents. */
  async add(tx: TxContext, consents: readonly Consent[], behind: Behind): Promise<void> {
    if (consents.length === 0) return;
    // Without anything to seal it must not fail on an erased patient's key: a withdrawal always succeeds.
    const sealed = behind.evidence !== undefined || behind.otherChannel !== undefined;
    const keys = await this.vault.keysFor(tx, sealed ? consents.map(keyOf) : []);
    const changedAt = await nowIn(tx);
    const changes = consents.map((consent) => changeOf(tx, consent, { ...behind, keys, changedAt }));
    await this.consents.addChanges(tx, changes);
  }

  /** All versions of a consent, oldest first. */
  async of(tx: TxContext, consent: Consent): Promise<ConsentVersion[]> {
    const changes = await this.consents.changesOf(tx, consent.id);
    const keys = await this.vault.keysFor(tx, [keyOf(consent)]);
    const versions = changes.map((change) => open(keys, keyOf(consent), change));
    for (const version of versions) {
      if (version.withdrawalId) version.evidence = await this.shownBy(tx, version.withdrawalId);
    }
    return versions;
  }

  /** A withdrawal speaks for every consent that it ended: its evidence is kept once, under the contact's key. */
  private async shownBy(tx: TxContext, withdrawalId: Uuid): Promise<Evidence | null> {
    const withdrawal = await this.withdrawals.get(tx, withdrawalId);
    if (!withdrawal?.evidenceSealed) return null;
    const contact = { kind: 'contact', id: withdrawal.addressId } as const;
    const text = await this.vault.openText(
      tx,
      contact,
      evidencePlace(withdrawalId),
      withdrawal.evidenceSealed,
    );
    return JSON.parse(text) as Evidence;
  }
}

/** Where the evidence of a withdrawal lies. */
export function evidencePlace(withdrawalId: Uuid): Place {
  return { table: 'consent.withdrawal', column: 'evidence_sealed', row: withdrawalId };
}

function keyOf(consent: Consent): KeySubject {
  return { kind: 'patient', id: consent.patientId };
}

function changeOf(
  tx: TxContext,
  consent: Consent,
  by: Behind & { keys: Keys; changedAt: Date },
): ConsentChangeEntity {
  const id = newId();
  const seal = (column: string, plain: string | undefined): Buffer | null =>
    plain === undefined ? null : by.keys.seal(keyOf(consent), { table: TABLE, column, row: id }, plain);
  return {
    organizationId: tx.organizationId,
    id,
    consentId: consent.id,
    version: consent.version,
    status: consent.status,
    method: consent.method,
    wordingVersion: consent.wordingVersion,
    recordedAt: consent.recordedAt,
    changedAt: by.changedAt,
    actor: tx.actor.id,
    withdrawalId: by.withdrawalId ?? null,
    evidenceSealed: seal('evidence_sealed', by.evidence && JSON.stringify(by.evidence)),
    otherChannelSealed: seal('other_channel_sealed', by.otherChannel),
  };
}

function open(keys: Keys, subject: KeySubject, change: ConsentChangeEntity): ConsentVersion {
  const text = (column: string, envelope: Buffer | null): string | null =>
    envelope && keys.openText(subject, { table: TABLE, column, row: change.id }, envelope);
  const evidence = text('evidence_sealed', change.evidenceSealed);
  return {
    version: change.version,
    status: change.status,
    method: change.method,
    wordingVersion: change.wordingVersion,
    recordedAt: change.recordedAt,
    changedAt: change.changedAt,
    actor: change.actor,
    withdrawalId: change.withdrawalId,
    evidence: evidence === null ? null : (JSON.parse(evidence) as Evidence),
    otherChannel: text('other_channel_sealed', change.otherChannelSealed),
  };
}
