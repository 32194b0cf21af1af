import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { uuidFromPublicId, type Uuid } from '../../../platform/ids/ids.js';
import { FhirFacade } from '../../fhir/index.js';
import { PatientsFacade } from '../../patients/index.js';
import { refused } from '../domain/terms.policy.js';

/** Finds the person whom a consent is about. */
@Injectable()
export class Subjects {
  constructor(
    private readonly fhir: FhirFacade,
    private readonly patients: PatientsFacade,
  ) {}

  /**
   * The patient behind `Patient/123` of a connection (by name or `ehr_…` id). Throws consent.unknown-connection,
   * unknown-patient, patient-merged, patient-deceased, patient-inactive, and fhir.unavailable when the EHR must be asked and is away.
   */
  async patientOf(ctx: Context, connection: string, reference: string): Promise<Uuid> {
    const connectionId = await this.connectionOf(ctx, connection);
    const patient = await this.patients.byReference(ctx, connectionId, reference);
    if (!patient) throw refused('unknown-patient', 'The EHR has no such patient.');
    // What is recorded under a record that may be parted again would not be known to be whose.
    if (`Patient/${patient.fhirId}` !== reference)
      throw refused('patient-merged', 'The EHR has joined this patient record to another one. Use that one.');
    if (patient.deceased) throw refused('patient-deceased', 'The EHR says that the patient has died.');
    if (!patient.active) throw refused('patient-inactive', 'The EHR no longer uses this patient record.');
    if (patient.byProxy) await this.patients.refreshGuardians(ctx, [patient.id]);
    return patient.id;
  }

  private async connectionOf(ctx: Context, connection: string): Promise<Uuid> {
    const id = uuidFromPublicId('ehr', connection);
    const known = await this.fhir.connections(ctx);
    const found = known.find((one) => one.id === id || one.name === connection);
    if (!found) throw refused('unknown-connection', 'There is no EHR connection of this name or id.');
    return found.id;
  }
}
