import { Injectable } from '@nestjs/common';
import type { LiveVisit } from '../../../../exchange/fhir/index.js';
import type { TxContext } from '../../../../platform/context/context.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { type Reminded, standingOf } from '../../domain/drift-days.js';
import type { DriftWindow } from '../../domain/drift-window.js';
import type { EhrVisit, KeptVisit } from '../../domain/drift.policy.js';
import { saidIn } from '../../domain/whereabouts.policy.js';
import type { AppointmentEntity } from '../../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../../infrastructure/appointments.repository.js';
import { StepsRepository } from '../../infrastructure/steps.repository.js';
import { visitOf } from '../../infrastructure/visit.mapper.js';
import { factsOf, partKey, readRow, VisitParts } from '../visit-parts.js';
import { WhereaboutsFinder } from '../whereabouts.js';

/** Both sides of a window, told by the same rules, so that they differ only where the EHR's words do. */
@Injectable()
export class BothSides {
  constructor(
    private readonly parts: VisitParts,
    private readonly whereabouts: WhereaboutsFinder,
    private readonly appointments: AppointmentsRepository,
    private readonly steps: StepsRepository,
  ) {}

  async of(
    ctx: TxContext,
    window: { connectionId: Uuid } & DriftWindow,
    visits: readonly LiveVisit[],
  ): Promise<{ ehr: EhrVisit[]; here: Reminded[] }> {
    const resourceIds = visits.map(({ resourceId }) => resourceId);
    const rows = await this.appointments.ofWindow(ctx, { ...window, resourceIds });
    const known = new Map(rows.map((row) => [partKey(row.resourceId, row.patientReference), row]));
    const parts = await this.parts.of(ctx, window.connectionId, visits.map(readRow), known);
    const ehr = parts.flatMap((part): EhrVisit[] => {
      const facts = factsOf(part, known.get(partKey(part.row.resourceId, part.patientReference)));
      if (!facts) return [];
      const { fhirId, changedAt } = part.row;
      return [{ ...facts, reference: `Appointment/${fhirId}`, patient: part.patientReference, changedAt }];
    });
    return { ehr, here: await this.reminded(ctx, window.connectionId, rows) };
  }

  private async reminded(ctx: TxContext, connectionId: Uuid, rows: AppointmentEntity[]): Promise<Reminded[]> {
    const steps = await this.steps.newestOf(
      ctx,
      rows.map(({ id }) => id),
    );
    const byVisit = new Map<Uuid, Reminded['reminders']>();
    for (const step of steps) {
      const before = byVisit.get(step.appointmentId) ?? [];
      byVisit.set(step.appointmentId, [...before, standingOf(step)]);
    }
    const kept = await this.kept(ctx, connectionId, rows);
    return kept.map((visit) => ({ visit, reminders: byVisit.get(visit.id) ?? [] }));
  }

  /** Where ours are is worked out anew: a place whose zone is another now is no difference between the two. */
  private async kept(ctx: TxContext, connectionId: Uuid, rows: AppointmentEntity[]): Promise<KeptVisit[]> {
    const said = rows.map((row) => saidIn(row.zoneFrom, row.practitionerReference));
    const found = await this.whereabouts.of(ctx, connectionId, said);
    return rows.map((row, at) => ({
      ...visitOf(row),
      ...(row.zoneFrom !== '' && found[at]),
      id: row.id,
      reference: `Appointment/${row.fhirId}`,
      patient: row.patientReference,
    }));
  }
}
