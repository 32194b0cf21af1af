import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { FhirFacade } from '../../../exchange/fhir/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { identifierOf } from '../domain/identifier.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';

/** `left`: the EHR's copy stays readable there, for a person to see to. */
export type TakenBack = { state: 'retracted'; reason: null | typeof CANNOT_WITHDRAW };

/**
 * Its key cannot be destroyed instead: one record key serves all summaries of a patient, and the others must stay
 * readable.
 */
export const CANNOT_WITHDRAW = 'ehr-cannot-withdraw';

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
    });
    return { state: 'retracted', reason: result === 'unsupported' ? CANNOT_WITHDRAW : null };
  }

  /** Null: the patient is gone, and with it the way into an EHR. */
  private async connectionOf(ctx: Context, summary: SummaryEntity): Promise<string | null> {
    const patient = await this.patients.get(ctx, summary.patientId!);
    return patient?.connectionId ?? null;
  }
}
