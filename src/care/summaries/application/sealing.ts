import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { VaultFacade } from '../../../foundation/vault/index.js';
import { FhirFacade } from '../../../exchange/fhir/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import type { Transcript } from '../../conversations/index.js';
import { SchedulingFacade } from '../../scheduling/index.js';
import { compose, composeCorrection, lastMessageAt } from '../domain/document.js';
import { identifierOf, tokenOf } from '../domain/identifier.js';
import type { SummaryDocument } from '../domain/summary-document.js';
import { patientGone } from '../summaries.errors.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';

export interface NewCorrection {
  summaryId: Uuid;
  original: SummaryEntity;
  note: string;
  /** Opaque id. */
  by: string;
  at: Date;
}

/** Turns a transcript into the sealed summary and the little that stands beside it. */
@Injectable()
export class Sealing {
  constructor(
    private readonly organizations: OrganizationsFacade,
    private readonly patients: PatientsFacade,
    private readonly scheduling: SchedulingFacade,
    private readonly fhir: FhirFacade,
    private readonly vault: VaultFacade,
  ) {}

  async run(
    tx: TxContext,
    summaryId: Uuid,
    transcript: Transcript & { patientId: Uuid },
  ): Promise<Partial<SummaryEntity>> {
    const { timeZone } = await this.organizations.current(tx);
    const { patient, connectionId } = await this.referenceOf(tx, transcript.patientId);
    const appointments = await this.appointmentsOf(tx, transcript);
    const identifier = identifierOf(summaryId);
    const document = compose({ identifier, transcript, patient, timeZone, appointments });
    return {
      state: 'composed',
      about: [...new Set(appointments.values())],
      messageCount: transcript.entries.length,
      lastMessageAt: lastMessageAt(transcript),
      recordSealed: await this.seal(tx, { patientId: transcript.patientId, connectionId }, document),
    };
  }

  /** The sealed document of what staff says against an earlier summary. */
  async correction(tx: TxContext, correction: NewCorrection): Promise<Buffer> {
    const { summaryId, original, note, by, at } = correction;
    const { timeZone } = await this.organizations.current(tx);
    const patientId = original.patientId!;
    const { patient, connectionId } = await this.referenceOf(tx, patientId);
    const document = composeCorrection({
      identifier: identifierOf(summaryId),
      of: identifierOf(original.correctsId ?? original.id),
      conversationId: original.conversationId,
      patient,
      timeZone,
      note,
      by,
      at,
    });
    return this.seal(tx, { patientId, connectionId }, document);
  }

  private async seal(
    tx: TxContext,
    of: { patientId: Uuid; connectionId: Uuid },
    document: SummaryDocument,
  ): Promise<Buffer> {
    const record = {
      identifier: tokenOf(document.identifier),
      content: Buffer.from(JSON.stringify(document), 'utf8'),
      contentType: 'application/json',
    };
    const escrow = await this.fhir.escrowKeyOf(tx, of.connectionId);
    return Buffer.from(await this.vault.sealForRecord(tx, of.patientId, record, escrow), 'utf8');
  }

  private async referenceOf(
    tx: TxContext,
    patientId: Uuid,
  ): Promise<{ patient: string; connectionId: Uuid }> {
    // The record that stands for the patient: the EHR files nothing more under a merged one.
    const survivors = await this.patients.survivorsOf(tx, [patientId]);
    const patient = await this.patients.get(tx, survivors.get(patientId)!);
    // Erased, as a conversation of theirs closed.
    if (!patient) throw patientGone();
    return { patient: `Patient/${patient.fhirId}`, connectionId: patient.connectionId };
  }

  private async appointmentsOf(tx: TxContext, transcript: Transcript): Promise<Map<Uuid, string>> {
    const references = new Map<Uuid, string>();
    for (const { appointmentId } of transcript.outcomes) {
      const visit = appointmentId && (await this.scheduling.get(tx, appointmentId));
      if (visit) references.set(visit.id, visit.reference);
    }
    return references;
  }
}
