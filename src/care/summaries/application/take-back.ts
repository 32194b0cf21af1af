import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { FhirFacade, type RetractionResult } from '../../../exchange/fhir/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { identifierOf } from '../domain/identifier.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';

/** With a reason the EHR's copy stays readable there, for a person to see to. */
export type TakenBack = { state: 'retracted'; reason: null | typeof CANNOT_WITHDRAW | typeof KEEPS_CONTENT };

/**
 * Its key cannot be destroyed instead: one record key serves all summaries of a patient, and the others must stay
 * readable.
 */
const CANNOT_WITHDRAW = 'ehr-cannot-withdraw';

/** Marked entered-in-error, and whoever has another key of it, such as the hospital's own, can still read it. */
const KEEPS_CONTENT = 'ehr-keeps-content';

/** One attempt to take a summary back from the EHR. Outside any transaction. */
@Injectable()
export class TakeBack {
  constructor(
    private readonly fhir: FhirFacade,
    private readonly patients: PatientsFacade,
  ) {}

  /** Repeating it is safe. Throws as writeCommunication does. */
  async run(ctx: Context, summary: SummaryEntity): Promise<TakenBack> {
    const connectionId = summary.connectionId ?? (await this.connectionOf(ctx, summary));
    if (connectionId === null) return { state: 'retracted', reason: null };
    const result = await this.fhir.retractCommunication(ctx, {
      connectionId,
      identifier: identifierOf(summary.id),
      erase: summary.retractReason === 'erasure',
    });
    return { state: 'retracted', reason: reasonOf(result) };
  }

  /** Null: the patient is gone, and with it the way into an EHR. */
  private async connectionOf(ctx: Context, summary: SummaryEntity): Promise<string | null> {
    const patient = await this.patients.get(ctx, summary.patientId!);
    return patient?.connectionId ?? null;
  }
}

function reasonOf(result: RetractionResult): TakenBack['reason'] {
  if (result === 'unsupported') return CANNOT_WITHDRAW;
  return result === 'content-left' ? KEEPS_CONTENT : null;
}
