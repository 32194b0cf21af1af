import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Fault } from '../../../platform/errors/fault.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { FhirFacade, type SummaryCarrier } from '../../../exchange/fhir/index.js';
import { PatientsFacade, type Patient } from '../../../exchange/patients/index.js';
import { identifierOf } from '../domain/identifier.js';
import { communicationOf } from '../infrastructure/summary.fhir-mapper.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';

export type WriteBackResult =
  | {
      state: 'written';
      carrier: SummaryCarrier;
      connectionId: string;
      fhirId: string;
      versionId: string | null;
    }
  | { state: 'kept'; carrier: 'F'; connectionId: string };

/** One attempt to bring a summary into the EHR, in the way that this EHR takes it. Outside any transaction. */
@Injectable()
export class WriteBack {
  constructor(
    private readonly fhir: FhirFacade,
    private readonly patients: PatientsFacade,
    private readonly organizations: OrganizationsFacade,
  ) {}

  /** Repeating it is safe: the EHR holds at most one Communication with the identifier. Throws as writeCommunication does. */
  async run(ctx: Context, summary: SummaryEntity): Promise<WriteBackResult> {
    const { connectionId, fhirId: patientFhirId } = await this.patientOf(ctx, summary);
    const { summaryCarrier: carrier } = await this.fhir.capabilities(ctx, connectionId);
    if (carrier === 'F') return { state: 'kept', carrier, connectionId };
    const { timeZone } = await this.organizations.current(ctx);
    const identifier = identifierOf(summary.id);
    const patient = `Patient/${patientFhirId}`;
    const resource = communicationOf({
      carrier,
      identifier,
      patient,
      about: summary.about,
      lastMessageAt: summary.lastMessageAt!,
      messageCount: summary.messageCount,
      timeZone,
      jwe: summary.recordSealed!.toString('utf8'),
    });
    const { fhirId, versionId } = await this.fhir.writeCommunication(ctx, {
      connectionId,
      identifier,
      patient,
      resource,
    });
    return { state: 'written', carrier, connectionId, fhirId, versionId };
  }

  private async patientOf(ctx: Context, summary: SummaryEntity): Promise<Patient> {
    const survivors = await this.patients.survivorsOf(ctx, [summary.patientId!]);
    const patient = await this.patients.get(ctx, survivors.get(summary.patientId!)!);
    if (patient) return patient;
    throw new Fault({
      code: 'summary.patient-gone',
      kind: 'gone',
      words: 'The patient of this summary is gone.',
    });
  }
}
