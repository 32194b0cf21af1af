import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4.js';
import type { FhirPage, FhirRow } from '../../../exchange/fhir/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { afterCommit } from '../../../platform/database/transactions.js';
import { newId } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { workItemKey } from '../domain/action.policy.js';
import { answeredByEhr, project, type Projected } from '../domain/projection.policy.js';
import type { VisitFacts } from '../domain/visit.policy.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { PlacesRepository } from '../infrastructure/places.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import {
  readAppointment,
  type AppointmentRow,
  type PatientPart,
} from '../infrastructure/visit.fhir-mapper.js';
import { columnsOf, visitOf } from '../infrastructure/visit.mapper.js';
import { PLAN_LOOP } from './loop-names.js';

interface Part extends PatientPart {
  row: FhirRow<Appointment>;
  read: AppointmentRow;
}

interface Known {
  row: AppointmentEntity | undefined;
  /** The zones of places, each asked for once per page. */
  zones: Map<string | null, string>;
  now: Date;
}

/** Keeps one row per patient and Appointment, and marks for planning what changed. */
@Injectable()
export class Projection {
  constructor(
    private readonly appointments: AppointmentsRepository,
    private readonly places: PlacesRepository,
    private readonly organizations: OrganizationsFacade,
    private readonly patients: PatientsFacade,
    private readonly worklist: WorklistFacade,
    private readonly loops: Loops,
  ) {}

  /** Takes a page of the EHR, in its transaction. The same page again changes nothing. */
  async absorb(ctx: TxContext, page: FhirPage<Appointment>): Promise<void> {
    const resourceIds = [...page.changed, ...page.gone].map(({ resourceId }) => resourceId);
    if (resourceIds.length === 0) return;
    const known = await this.appointments.lockResources(ctx, resourceIds);
    const parts = page.changed.flatMap(partsOf);
    const now = await nowIn(ctx);
    const zones = new Map<string | null, string>();
    for (const part of parts) await this.keep(ctx, part, { row: find(known, part), zones, now });
    for (const row of known.filter((one) => one.present && !parts.some((part) => isOf(one, part)))) {
      await this.update(ctx, row, { ...visitOf(row), present: false }, now);
    }
    afterCommit(ctx, () => void this.loops.wake(PLAN_LOOP));
  }

  /** Takes what is known of one visit, already locked, and brings the row up to date in place. */
  async update(ctx: TxContext, row: AppointmentEntity, facts: VisitFacts, now: Date): Promise<void> {
    const next = project(visitOf(row), facts);
    if (!next.changed) return;
    const planAt = next.toPlan ? now : row.planAt;
    const change = { ...columnsOf(next.facts), visitVersion: next.visitVersion, planAt };
    await this.appointments.update(ctx, row.id, change);
    await this.closeWorkItems(ctx, row, next);
    Object.assign(row, change);
  }

  /** Staff may have done in the EHR what a patient asked for, or the visit that was meant is another now. */
  private async closeWorkItems(ctx: TxContext, row: AppointmentEntity, next: Projected): Promise<void> {
    const asked = {
      cancel: row.cancelAskedVersion === row.visitVersion,
      confirm: row.confirmedVersion === row.visitVersion,
    };
    for (const { kind, resolution } of answeredByEhr(row.visitVersion, next)) {
      if (!asked[kind]) continue;
      await this.worklist.resolve(ctx, workItemKey(kind, row.id, row.visitVersion), resolution);
    }
  }

  private async keep(ctx: TxContext, part: Part, known: Known): Promise<void> {
    const facts = await this.factsOf(ctx, part, known);
    if (!facts) return;
    if (known.row) return this.update(ctx, known.row, facts, known.now);
    await this.insert(ctx, part, facts, known.now);
  }

  private async insert(
    ctx: TxContext,
    { row, patientReference }: Part,
    facts: VisitFacts,
    now: Date,
  ): Promise<void> {
    const patient = await this.patients.known(ctx, row.connectionId, patientReference);
    await this.appointments.insert(ctx, [
      {
        ...columnsOf(facts),
        id: newId(),
        connectionId: row.connectionId,
        resourceId: row.resourceId,
        fhirId: row.fhirId,
        patientReference,
        patientId: patient?.id ?? null,
        planAt: project(null, facts).toPlan ? now : null,
      },
    ]);
  }

  /** Null for a row without times whose visit was never known with any. */
  private async factsOf(
    ctx: TxContext,
    part: Part,
    { row: known, zones }: Known,
  ): Promise<VisitFacts | null> {
    const { read, row } = part;
    const start = read.start ?? known?.startsAt;
    if (!start) return null;
    return {
      present: true,
      status: read.status,
      participantStatus: part.participantStatus,
      start,
      end: read.start ? read.end : (known?.endsAt ?? null),
      timeZone: read.timeZone ?? (await this.zoneOf(ctx, row.connectionId, { place: read.place, zones })),
      mode: read.mode,
      place: read.place,
      practitioner: read.practitioner,
      groupVisit: read.patients.length > 1,
      versionId: row.versionId,
    };
  }

  /** The offset in `start` is no zone: the place's own comes first, then the facility's, which ends at the hospital's. */
  private async zoneOf(
    ctx: TxContext,
    connectionId: string,
    { place, zones }: { place: string | null; zones: Known['zones'] },
  ): Promise<string> {
    const asked = zones.get(place);
    if (asked) return asked;
    const entry = await this.places.find(ctx, connectionId, place);
    const zone = entry?.timeZone ?? (await this.organizations.facilityOf(ctx, place)).timeZone;
    zones.set(place, zone);
    return zone;
  }
}

function partsOf(row: FhirRow<Appointment>): Part[] {
  const read = readAppointment(row.resource);
  return read.patients.map((part) => ({ ...part, row, read }));
}

function find(known: AppointmentEntity[], part: Part): AppointmentEntity | undefined {
  return known.find((row) => isOf(row, part));
}

function isOf(row: AppointmentEntity, part: Part): boolean {
  return row.resourceId === part.row.resourceId && row.patientReference === part.patientReference;
}
