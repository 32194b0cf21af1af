import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4.js';
import type { FhirPage } from '../../../exchange/fhir/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { isFenceHeld } from '../../../platform/database/fence.js';
import { afterCommit, inSavepoint } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { Log } from '../../../platform/logging/log.js';
import { workItemKey } from '../domain/action.policy.js';
import { answeredByEhr, project, type Projected } from '../domain/projection.policy.js';
import { notLiveReason, type VisitFacts } from '../domain/visit.policy.js';
import type { Whereabouts } from '../domain/whereabouts.policy.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { WaysRepository } from '../infrastructure/ways.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { columnsOf, visitOf } from '../infrastructure/visit.mapper.js';
import { PLAN_LOOP, WAYS_LOOP } from './loop-names.js';
import { TakeBack } from './take-back.js';
import { UnreadableVisits } from './unreadable-visits.js';
import { factsOf, type Part, partKey, readRow, VisitParts } from './visit-parts.js';
import { ZoneWarnings } from './zone-warnings.js';

/** A part that nobody has seen yet. */
interface Fresh {
  part: Part;
  facts: VisitFacts;
}

/** Keeps one row per patient and Appointment, and marks for planning what changed. */
@Injectable()
export class Projection {
  constructor(
    private readonly appointments: AppointmentsRepository,
    private readonly parts: VisitParts,
    private readonly ways: WaysRepository,
    private readonly zones: ZoneWarnings,
    private readonly patients: PatientsFacade,
    private readonly worklist: WorklistFacade,
    private readonly takeBack: TakeBack,
    private readonly unreadable: UnreadableVisits,
    private readonly loops: Loops,
    private readonly log: Log,
  ) {}

  /**
   * Takes a page of the EHR, in its transaction. The same page again changes nothing. Once it commits, no message of a
   * visit begins that changed or fell with it; only of a visit whose send hangs longer than the fence waits, planning
   * takes them back.
   */
  async absorb(ctx: TxContext, page: FhirPage<Appointment>): Promise<void> {
    const resourceIds = [...page.changed, ...page.gone].map(({ resourceId }) => resourceId);
    if (resourceIds.length === 0) return;
    const known = await this.appointments.lockResources(ctx, resourceIds);
    const rows = new Map(known.map((row) => [partKey(row.resourceId, row.patientReference), row]));
    const parts = await this.partsOf(ctx, page, rows);
    const now = await nowIn(ctx);
    const fresh: Fresh[] = [];
    const changed: AppointmentEntity[] = [];
    for (const part of parts) {
      const key = partKey(part.row.resourceId, part.patientReference);
      const row = rows.get(key);
      rows.delete(key);
      const facts = factsOf(part, row);
      if (facts && row && (await this.update(ctx, row, facts, now))) changed.push(row);
      else if (facts && !row) fresh.push({ part, facts });
    }
    await this.insert(ctx, page.connectionId, fresh, now);
    for (const row of [...rows.values()].filter(({ present }) => present)) {
      if (await this.update(ctx, row, { ...visitOf(row), present: false }, now)) changed.push(row);
    }
    await this.takeBackNow(ctx, changed);
    afterCommit(ctx, () => void this.loops.wake(PLAN_LOOP));
  }

  /** Where a visit is worked out anew from what was said of it, already locked, for who plans it. */
  async rezone(
    ctx: TxContext,
    row: AppointmentEntity,
    { zoneFrom: _said, ...where }: Whereabouts,
  ): Promise<void> {
    await this.update(ctx, row, { ...visitOf(row), ...where }, await nowIn(ctx));
  }

  /** Takes what is known of one visit, already locked, and brings the row up to date in place. False: nothing is new. */
  async update(ctx: TxContext, row: AppointmentEntity, facts: VisitFacts, now: Date): Promise<boolean> {
    const next = project(visitOf(row), facts);
    if (!next.changed) return false;
    const planAt = next.toPlan ? now : row.planAt;
    const change = { ...columnsOf(next.facts), visitVersion: next.visitVersion, planAt };
    await this.appointments.update(ctx, row.id, change);
    await this.closeWorkItems(ctx, row, next);
    Object.assign(row, change);
    return true;
  }

  /** One stuck sender must not keep a hospital's EHR from being read. */
  private async takeBackNow(ctx: TxContext, changed: AppointmentEntity[]): Promise<void> {
    if (changed.length === 0) return;
    const error = await inSavepoint(ctx, () => this.takeBack.run(ctx, changed));
    if (error === null) return;
    if (!isFenceHeld(error)) throw error;
    const left = await this.takeBack.runWhereFree(ctx, changed);
    if (left > 0)
      this.log.warn('scheduling.fence-not-closed', { organization_id: ctx.organizationId }, error);
  }

  /** Staff may have done in the EHR what a patient asked for, or the visit that was meant is another now. */
  private async closeWorkItems(ctx: TxContext, row: AppointmentEntity, next: Projected): Promise<void> {
    if (notLiveReason(next.facts) !== null) await this.unreadable.settle(ctx, row.id, 'no-visit');
    const asked = {
      cancel: row.cancelAskedVersion === row.visitVersion,
      confirm: row.confirmedVersion === row.visitVersion,
    };
    for (const { kind, resolution } of answeredByEhr(row.visitVersion, next)) {
      if (!asked[kind]) continue;
      await this.worklist.resolve(ctx, workItemKey(kind, row.id, row.visitVersion), resolution);
    }
  }

  private async insert(ctx: TxContext, connectionId: Uuid, fresh: Fresh[], now: Date): Promise<void> {
    if (fresh.length === 0) return;
    const references = fresh.map(({ part }) => part.patientReference);
    const patients = await this.patients.knownIds(ctx, connectionId, references);
    await this.appointments.insert(
      ctx,
      fresh.map(({ part: { row, patientReference }, facts }) => ({
        id: newId(),
        connectionId,
        resourceId: row.resourceId,
        fhirId: row.fhirId,
        patientReference,
        patientId: patients.get(patientReference) ?? null,
        planAt: project(null, facts).toPlan ? now : null,
        facts: columnsOf(facts),
      })),
    );
  }

  /** What leads to a visit's place and is new to us is followed soon. */
  private async partsOf(
    ctx: TxContext,
    { connectionId, changed }: FhirPage<Appointment>,
    known: ReadonlyMap<string, AppointmentEntity>,
  ): Promise<Part[]> {
    const rows = changed.map(readRow);
    this.zones.count(ctx, rows.filter(({ read }) => read.zoneUnknown).length);
    const ways = rows.flatMap(({ read }) => read.ways);
    if (ways.length > 0) {
      await this.ways.want(ctx, connectionId, ways);
      afterCommit(ctx, () => void this.loops.wake(WAYS_LOOP));
    }
    return this.parts.of(ctx, connectionId, rows, known);
  }
}
