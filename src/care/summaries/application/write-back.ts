import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import {
  carrierAfter,
  FhirFacade,
  type ResourceWritten,
  type SummaryCarrier,
  type SummaryRoute,
} from '../../../exchange/fhir/index.js';
import { PatientsFacade, type Patient } from '../../../exchange/patients/index.js';
import { identifierOf } from '../domain/identifier.js';
import { SummariesRepository } from '../infrastructure/summaries.repository.js';
import { communicationOf, type CommunicationContent } from '../infrastructure/summary.fhir-mapper.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';
import { originalAwaited } from '../summaries.errors.js';

export type WriteBackResult =
  | {
      state: 'written';
      carrier: SummaryCarrier;
      connectionId: string;
      fhirId: string;
      versionId: string | null;
    }
  /** `missing`: the settings without which this EHR takes none. */
  | { state: 'kept'; carrier: 'F'; connectionId: string; missing: SummaryRoute['missing'] };

/** The EHR takes Communications, and not with this content. */
const CONTENT_REFUSED = 'fhir.content-refused';

/** One attempt to bring a summary into the EHR, in the way that this EHR takes it. Outside any transaction. */
@Injectable()
export class WriteBack {
  constructor(
    private readonly fhir: FhirFacade,
    private readonly patients: PatientsFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly transactions: Transactions,
    private readonly summaries: SummariesRepository,
  ) {}

  /** Repeating it is safe: the EHR holds at most one Communication with the identifier. Throws as writeCommunication does. */
  async run(ctx: Context, summary: SummaryEntity): Promise<WriteBackResult> {
    const patient = await this.patientOf(ctx, summary);
    const { connectionId } = patient;
    const route = await this.fhir.summaryRoute(ctx, connectionId);
    if (route.carrier === 'F') return { state: 'kept', carrier: 'F', connectionId, missing: route.missing };
    const content = await this.contentOf(ctx, { summary, patient, route });
    const { carrier, written } = await this.fall(ctx, connectionId, { ...content, carrier: route.carrier });
    if (carrier !== route.carrier) await this.fhir.learnCarrier(ctx, connectionId, carrier);
    const { fhirId, versionId } = written;
    return { state: 'written', carrier, connectionId, fhirId, versionId };
  }

  /** From one carrier to the next while the EHR refuses the content; nothing is learnt before one is taken. */
  private async fall(
    ctx: Context,
    connectionId: string,
    content: CommunicationContent & { route: SummaryRoute },
  ): Promise<{ carrier: SummaryCarrier; written: ResourceWritten }> {
    const { carrier, identifier } = content;
    const resource = communicationOf(content);
    try {
      const written = await this.fhir.writeCommunication(ctx, { connectionId, identifier, resource });
      return { carrier, written };
    } catch (error) {
      const next = carrierAfter(carrier, content.route.free);
      const refused = error instanceof Fault && error.code === CONTENT_REFUSED;
      if (!refused || next === null || next === 'F') throw error;
      return this.fall(ctx, connectionId, { ...content, carrier: next });
    }
  }

  private async contentOf(
    ctx: Context,
    { summary, patient, route }: { summary: SummaryEntity; patient: Patient; route: SummaryRoute },
  ): Promise<Omit<CommunicationContent, 'carrier'> & { route: SummaryRoute }> {
    const { timeZone } = await this.organizations.current(ctx);
    const { correctsId } = summary;
    return {
      identifier: identifierOf(summary.id),
      patient: `Patient/${patient.fhirId}`,
      about: summary.about,
      lastMessageAt: summary.lastMessageAt!,
      messageCount: summary.messageCount,
      timeZone,
      jwe: summary.recordSealed!.toString('utf8'),
      route,
      ...(correctsId && { corrects: { communication: await this.originalOf(ctx, correctsId) } }),
    };
  }

  /** Throws `summary.original-awaited` while that is still on its way. */
  private async originalOf(ctx: Context, id: string): Promise<string | null> {
    const original = await this.transactions.run(ctx, (tx) => this.summaries.get(tx, id));
    if (original && ['composed', 'writing', 'unknown'].includes(original.state)) throw originalAwaited();
    return original?.fhirId ? `Communication/${original.fhirId}` : null;
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
