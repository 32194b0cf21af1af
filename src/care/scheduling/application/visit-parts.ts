import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4.js';
import type { FhirRow } from '../../../exchange/fhir/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { VisitFacts } from '../domain/visit.policy.js';
import type { Whereabouts } from '../domain/whereabouts.policy.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import {
  type AppointmentRow,
  type PatientPart,
  readAppointment,
} from '../infrastructure/visit.fhir-mapper.js';
import { WhereaboutsFinder } from './whereabouts.js';

/** A row of the EHR, and what it says. */
export interface ReadRow<Row extends FhirRow<Appointment> = FhirRow<Appointment>> {
  row: Row;
  read: AppointmentRow;
}

/** One patient's part in it, with where it is. */
export interface Part<Row extends FhirRow<Appointment> = FhirRow<Appointment>>
  extends PatientPart, ReadRow<Row> {
  whereabouts: Whereabouts;
}

/** Sorts what the EHR says of visits into the parts of their patients. No network. */
@Injectable()
export class VisitParts {
  constructor(
    private readonly whereabouts: WhereaboutsFinder,
    private readonly patients: PatientsFacade,
  ) {}

  /**
   * One part per patient of each row. Nothing is made of a patient who is erased, whatever the EHR goes on to say. Of a
   * record that the EHR has merged into theirs, what is `known` (by partKey) follows the EHR: parting gives it back.
   */
  async of<Row extends FhirRow<Appointment>>(
    ctx: TxContext,
    connectionId: Uuid,
    rows: readonly ReadRow<Row>[],
    known: ReadonlyMap<string, AppointmentEntity>,
  ): Promise<Part<Row>[]> {
    const found = await this.whereabouts.of(
      ctx,
      connectionId,
      rows.map(({ read }) => read),
    );
    const parts = rows.flatMap(({ row, read }, at) =>
      read.patients.map((part) => ({ ...part, row, read, whereabouts: found[at]! })),
    );
    const references = [...new Set(parts.map(({ patientReference }) => patientReference))];
    const erased = await this.patients.erasedAmong(ctx, connectionId, references);
    if (erased.size === 0) return parts;
    const recordOf = ({ row, patientReference }: Part<Row>) =>
      known.get(partKey(row.resourceId, patientReference))?.patientId ?? null;
    const records = await this.patients.getMany(
      ctx,
      parts.flatMap((part) => recordOf(part) ?? []),
    );
    return parts.filter((part) => !erased.has(part.patientReference) || records.has(recordOf(part) ?? ''));
  }
}

export function readRow<Row extends FhirRow<Appointment>>(row: Row): ReadRow<Row> {
  return { row, read: readAppointment(row.resource) };
}

/** Null for a row without times whose visit was never known with any. */
export function factsOf(
  { read, row, participantStatus, whereabouts }: Part,
  known: Pick<AppointmentEntity, 'startsAt' | 'endsAt'> | undefined,
): VisitFacts | null {
  const start = read.start ?? known?.startsAt;
  if (!start) return null;
  return {
    present: true,
    status: read.status,
    participantStatus,
    start,
    end: read.start ? read.end : (known?.endsAt ?? null),
    ...whereabouts,
    mode: read.mode,
    groupVisit: read.patients.length > 1,
    versionId: row.versionId,
  };
}

/** Under which a part is found again. */
export function partKey(resourceId: Uuid, patientReference: string): string {
  return `${resourceId}/${patientReference}`;
}
