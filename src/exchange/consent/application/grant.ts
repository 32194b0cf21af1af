import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { closeFence, fenceKey } from '../../../platform/database/fence.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { PatientsFacade } from '../../patients/index.js';
import type { Consent, ConsentMethod, Evidence, GivenBy, Purpose } from '../domain/consent.js';
import { checkPurposes, checkRecordedAt, checkWording, refused } from '../domain/terms.policy.js';
import { ConsentGranted } from '../events.js';
import { ConsentRepository } from '../infrastructure/consent.repository.js';
import { WithdrawalRepository } from '../infrastructure/withdrawal.repository.js';
import { Giving } from './giving.js';
import { ConsentHistory } from './history.js';
import { Subjects } from './subjects.js';

/** POST /v1/consents in our words. */
export interface NewConsent {
  /** `Patient/123` in the EHR. */
  patient: string;
  /** Name or `ehr_…` id of the connection. */
  ehrConnection: string;
  /** `RelatedPerson/9`: the guardian who agrees for a minor; needed when several could. */
  proxy?: string;
  /** Checked against PURPOSES. */
  purposes: readonly string[];
  method: ConsentMethod;
  /** `1` is the shipped wording. */
  wordingVersion: string;
  evidence: Evidence;
  recordedAt: Date;
  /** Where the patient would rather be reached: free text of at most 200 characters. */
  otherChannel?: string;
}

interface Subject {
  patientId: Uuid;
  addressIds: Uuid[];
  purposes: Purpose[];
  givenBy: GivenBy;
}

@Injectable()
export class Grant {
  constructor(
    private readonly transactions: Transactions,
    private readonly subjects: Subjects,
    private readonly giving: Giving,
    private readonly patients: PatientsFacade,
    private readonly consents: ConsentRepository,
    private readonly withdrawals: WithdrawalRepository,
    private readonly history: ConsentHistory,
    private readonly audit: AuditFacade,
    private readonly events: Events,
  ) {}

  async run(ctx: Context, consent: NewConsent): Promise<Consent[]> {
    const purposes = checkPurposes(consent.purposes);
    checkWording(consent.wordingVersion);
    // Before the transaction: an unknown patient is read from the EHR.
    const patientId = await this.subjects.patientOf(ctx, consent.ehrConnection, consent.patient);
    return this.transactions.run(ctx, async (tx) => {
      const subject = { patientId, purposes, ...(await this.giving.of(tx, patientId, consent.proxy)) };
      await this.assertNewest(tx, subject, consent.recordedAt);
      return this.record(tx, subject, consent);
    });
  }

  /** The closed fence keeps a withdrawal that is under way from being overtaken. */
  private async assertNewest(tx: TxContext, subject: Subject, recordedAt: Date): Promise<void> {
    await closeFence(
      tx,
      subject.addressIds.map((id) => fenceKey(tx.organizationId, 'address', id)),
    );
    // Who was erased while this waited has agreed to nothing.
    if (!(await this.patients.get(tx, subject.patientId)))
      throw refused('unknown-patient', 'The EHR has no such patient.');
    const withdrawnAt = await this.withdrawals.lastFor(tx, subject);
    checkRecordedAt(recordedAt, await nowIn(tx), withdrawnAt);
  }

  private async record(tx: TxContext, subject: Subject, consent: NewConsent): Promise<Consent[]> {
    const { method, wordingVersion, recordedAt, evidence, otherChannel } = consent;
    const granted = await this.consents.grant(tx, { ...subject, method, wordingVersion, recordedAt });
    await this.history.add(tx, granted, { evidence, otherChannel });
    if (subject.givenBy === 'patient') await this.patients.confirm(tx, subject.patientId, subject.addressIds);
    await this.audit.record(tx, {
      type: 'consent.granted',
      action: 'C',
      entity: { kind: 'patient', id: subject.patientId },
      patientId: subject.patientId,
      detail: {
        purposes: subject.purposes.join(' '),
        addresses: subject.addressIds.length,
        given_by: subject.givenBy,
        method,
        wording_version: wordingVersion,
      },
    });
    await this.events.publish(
      tx,
      ConsentGranted,
      granted.map(({ id }) => id),
    );
    return granted;
  }
}
