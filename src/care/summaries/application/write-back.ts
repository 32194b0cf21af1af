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
import {
  type Claimed,
  OutboxRepository,
  SummariesRepository,
} from '../infrastructure/summaries.repository.js';
import { communicationOf, type CommunicationContent } from '../infrastructure/summary.fhir-mapper.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';
import { originalAwaited, patientGone, patientRestricted, stopped } from '../summaries.errors.js';

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

/** The EHR takes Communications, and not with this content, or not so that it could be opened again. */
const NOT_THIS_FORM = ['fhir.content-refused', 'fhir.altered'];

type SendingCarrier = CommunicationContent['carrier'];

/** What is on its way, and whose lease it is on. */
interface Parcel {
  claimed: Claimed;
  connectionId: string;
  content: CommunicationContent & { route: SummaryRoute };
}

/** One attempt to bring a summary into the EHR, in the way that this EHR takes it. Outside any transaction. */
@Injectable()
export class WriteBack {
  constructor(
    private readonly fhir: FhirFacade,
    private readonly patients: PatientsFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly transactions: Transactions,
    private readonly summaries: SummariesRepository,
    private readonly outbox: OutboxRepository,
  ) {}

  /** Repeating it is safe: the EHR holds at most one Communication with the identifier. Throws as writeCommunication does. */
  async run(ctx: Context, claimed: Claimed, summary: SummaryEntity): Promise<WriteBackResult> {
    const patient = await this.patientOf(ctx, summary);
    const { connectionId } = patient;
    const route = await this.fhir.summaryRoute(ctx, connectionId);
    if (route.carrier === 'F') return { state: 'kept', carrier: 'F', connectionId, missing: route.missing };
    if (await this.patients.isRestricted(ctx, patient.id)) throw patientRestricted();
    const first = firstCarrier(claimed, summary, route.carrier);
    const content = { ...(await this.contentOf(ctx, { summary, patient, route })), carrier: first };
    const { carrier, written } = await this.fall(ctx, { claimed, connectionId, content });
    if (carrier !== first && carrier !== route.carrier)
      await this.fhir.learnCarrier(ctx, connectionId, carrier);
    const { fhirId, versionId } = written;
    return { state: 'written', carrier, connectionId, fhirId, versionId };
  }

  /** From one carrier to the next while the EHR does not take it as it is; nothing is learnt before one is taken. */
  private async fall(
    ctx: Context,
    parcel: Parcel,
  ): Promise<{ carrier: SummaryCarrier; written: ResourceWritten }> {
    const { claimed, connectionId, content } = parcel;
    const { carrier, identifier } = content;
    const resource = communicationOf(content);
    const place = { connectionId, carrier };
    const mayGo = await this.transactions.run(ctx, (tx) => this.outbox.sends(tx, claimed, place));
    if (!mayGo) throw stopped();
    try {
      const written = await this.fhir.writeCommunication(ctx, { connectionId, identifier, resource });
      return { carrier, written };
    } catch (error) {
      const next = carrierAfter(carrier, content.route.free);
      const falls = error instanceof Fault && NOT_THIS_FORM.includes(error.code);
      if (!falls || next === null || next === 'F') throw error;
      return this.fall(ctx, { ...parcel, content: { ...content, carrier: next } });
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
    if (!patient) throw patientGone();
    return patient;
  }
}

/** What may be in the EHR already is looked for in the form that it was sent in: in another it would seem spoilt. */
function firstCarrier({ was }: Claimed, { carrier }: SummaryEntity, usual: SendingCarrier): SendingCarrier {
  return was === 'unknown' && carrier !== null && carrier !== 'F' ? carrier : usual;
}
