import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { AppointmentEntity } from './appointment.entity.js';
import type { FactColumns } from './visit.mapper.js';

export interface AppointmentFilter {
  /** Any of these. */
  patientIds?: readonly Uuid[];
  status?: string;
  from?: Date;
  to?: Date;
  after: CursorKey | null;
  limit: number;
}

export interface NewVisit extends Pick<
  AppointmentEntity,
  'id' | 'connectionId' | 'resourceId' | 'fhirId' | 'patientReference' | 'patientId' | 'planAt'
> {
  facts: FactColumns;
}

/** In the order of the statement that inserts them. */
const OWN = [
  'id',
  'connectionId',
  'resourceId',
  'fhirId',
  'patientReference',
  'patientId',
  'planAt',
] as const satisfies readonly (keyof NewVisit)[];
const FACTS = [
  'present',
  'status',
  'participantStatus',
  'visitClass',
  'startsAt',
  'endsAt',
  'timeZone',
  'zoneFrom',
  'mode',
  'placeReference',
  'practitionerReference',
  'groupVisit',
  'versionId',
] as const satisfies readonly (keyof FactColumns)[];

@Injectable()
export class AppointmentsRepository {
  /** Every part of some of the EHR's Appointments, locked. */
  async lockResources(ctx: TxContext, resourceIds: readonly Uuid[]): Promise<AppointmentEntity[]> {
    const parts = await sql<{ id: Uuid }>(
      ctx,
      // In order, so that each is looked for by itself through the index: a hospital that has just come is in no
      // statistics, and its whole calendar was read for each page (measured).
      `select part.id from unnest($2::uuid[]) as asked(id)
        cross join lateral (
          select a.id from scheduling.appointment a
           where a.organization_id = $1 and a.resource_id = asked.id order by a.patient_reference) part`,
      [ctx.organizationId, resourceIds],
    );
    if (parts.length === 0) return [];
    return this.locked(ctx)
      .andWhere('a.id = any(:ids)', { ids: parts.map(({ id }) => id) })
      .getMany();
  }

  /** One part, locked: whoever changes a visit, its steps or its answers takes this lock first. */
  lock(ctx: TxContext, id: Uuid): Promise<AppointmentEntity | null> {
    return this.locked(ctx).andWhere('a.id = :id', { id }).getOne();
  }

  /** Every part of one of the EHR's Appointments. */
  parts(ctx: TxContext, resourceId: Uuid): Promise<AppointmentEntity[]> {
    return this.query(ctx).andWhere('a.resourceId = :resourceId', { resourceId }).orderBy('a.id').getMany();
  }

  /** Standing visits of these patients that have not begun, locked. */
  lockAhead(ctx: TxContext, patientIds: readonly Uuid[]): Promise<AppointmentEntity[]> {
    return this.locked(ctx)
      .andWhere(`a.visitClass <> 'not-live' and a.startsAt > platform.now()`)
      .andWhere('a.patientId = any(:patientIds)', { patientIds })
      .getMany();
  }

  /** Visits that name this record are its own, whoever stood for it when they came. */
  async giveBack(ctx: TxContext, patient: { id: Uuid; connectionId: Uuid; fhirId: string }): Promise<void> {
    await sql(
      ctx,
      `update scheduling.appointment set patient_id = $2, version = version + 1
        where organization_id = $1 and connection_id = $3 and patient_reference = 'Patient/' || $4
          and patient_id is distinct from $2`,
      [ctx.organizationId, patient.id, patient.connectionId, patient.fhirId],
    );
  }

  /** The parts of these patients that have not begun, locked. */
  lockOf(ctx: TxContext, patientIds: readonly Uuid[]): Promise<AppointmentEntity[]> {
    return this.locked(ctx)
      .andWhere('a.patientId = any(:patientIds) and a.startsAt > platform.now()', { patientIds })
      .getMany();
  }

  /** Which of these patients have a standing visit to come. */
  async expected(ctx: TxContext, patientIds: readonly Uuid[]): Promise<Set<Uuid>> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select distinct patient_id as id from scheduling.appointment
        where organization_id = $1 and patient_id = any($2::uuid[]) and class <> 'not-live'
          and starts_at > platform.now()`,
      [ctx.organizationId, patientIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Visits whose steps are to be planned, those that no longer stand first; another worker's are left out, and standing
   * ones while a way that leads to their place has not been followed.
   */
  async claimToPlan(ctx: TxContext, limit: number): Promise<AppointmentEntity[]> {
    return this.locked(ctx, true)
      .andWhere('a.planAt is not null and a.planAt <= platform.now()')
      .andWhere(
        `(a.visitClass = 'not-live' or a.zoneFrom !~ '(^| )[PHS]' or not exists (
           select from scheduling.way w
            where w.organization_id = a.organizationId and w.connection_id = a.connectionId and w.read_at is null
              and w.reference = any(string_to_array(a.zoneFrom, ' '))))`,
      )
      .orderBy(`a.visitClass <> 'not-live'`)
      .addOrderBy('a.planAt')
      .limit(limit)
      .getMany();
  }

  async insert(ctx: TxContext, rows: NewVisit[]): Promise<void> {
    if (rows.length === 0) return;
    await sql(
      ctx,
      `insert into scheduling.appointment
         (organization_id, id, connection_id, resource_id, fhir_id, patient_reference, patient_id, plan_at, present,
          status, participant_status, class, starts_at, ends_at, time_zone, zone_from, mode,
          place_reference, practitioner_reference, group_visit, version_id, created_at)
       select $1, row.*, (select platform.now())
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::timestamptz[],
                     $9::boolean[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[],
                     $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::boolean[],
                     $21::text[]) as row`,
      [
        ctx.organizationId,
        ...OWN.map((column) => rows.map((row) => valueOf(row[column]))),
        ...FACTS.map((column) => rows.map(({ facts }) => valueOf(facts[column]))),
      ],
    );
  }

  async update(ctx: TxContext, id: Uuid, change: Partial<AppointmentEntity>): Promise<void> {
    await managerOf(ctx).update(
      AppointmentEntity,
      { organizationId: ctx.organizationId, id },
      { ...change, version: () => 'version + 1' },
    );
  }

  /** The steps of these visits are as they should be. */
  async planned(ctx: TxContext, ids: readonly Uuid[]): Promise<void> {
    await managerOf(ctx).update(
      AppointmentEntity,
      { organizationId: ctx.organizationId, id: In([...ids]) },
      { planAt: null, planAttempts: 0, fencedVersion: () => 'visit_version' },
    );
  }

  async planLater(ctx: TxContext, id: Uuid, delayMs: number): Promise<void> {
    await sql(
      ctx,
      `update scheduling.appointment
          set plan_at = platform.now() + make_interval(secs => $3), plan_attempts = plan_attempts + 1
        where organization_id = $1 and id = $2`,
      [ctx.organizationId, id, delayMs / 1_000],
    );
  }

  /** What leads to the place of these visits, or the place's zone, is another: their zone is worked out anew. */
  async planLedBy(ctx: TxContext, connectionId: Uuid, references: readonly string[]): Promise<void> {
    if (references.length === 0) return;
    await sql(
      ctx,
      `update scheduling.appointment set plan_at = platform.now()
        where organization_id = $1 and connection_id = $2 and starts_at > platform.now() and class <> 'not-live'
          and string_to_array(zone_from, ' ') && $3::text[]`,
      [ctx.organizationId, connectionId, references],
    );
  }

  /** After a change of the rules every visit that is ahead is planned anew. */
  async planAll(ctx: TxContext): Promise<void> {
    await sql(
      ctx,
      `update scheduling.appointment set plan_at = platform.now()
        where organization_id = $1 and starts_at > platform.now() and class <> 'not-live'`,
      [ctx.organizationId],
    );
  }

  get(ctx: TxContext, id: Uuid): Promise<AppointmentEntity | null> {
    return managerOf(ctx).findOneBy(AppointmentEntity, { organizationId: ctx.organizationId, id });
  }

  byIds(ctx: TxContext, ids: readonly Uuid[]): Promise<AppointmentEntity[]> {
    return managerOf(ctx).findBy(AppointmentEntity, { organizationId: ctx.organizationId, id: In([...ids]) });
  }

  /** Parts of an EHR's visits that begin in a span, and all of these rows of it. */
  ofWindow(
    ctx: TxContext,
    window: { connectionId: Uuid; from: Date; until: Date; resourceIds: readonly Uuid[] },
  ): Promise<AppointmentEntity[]> {
    return this.query(ctx)
      .andWhere('a.connectionId = :connectionId', window)
      .andWhere('((a.startsAt >= :from and a.startsAt < :until) or a.resourceId = any(:resourceIds))', window)
      .getMany();
  }

  /** Standing visits that begin in a span, the soonest first. */
  standing(
    ctx: TxContext,
    span: { from: Date; to?: Date; patientIds?: readonly Uuid[]; limit: number },
  ): Promise<AppointmentEntity[]> {
    const query = this.query(ctx)
      .andWhere(`a.visitClass <> 'not-live' and a.startsAt > :from`, { from: span.from })
      .orderBy({ 'a.startsAt': 'ASC', 'a.id': 'ASC' })
      .limit(span.limit);
    if (span.to) query.andWhere('a.startsAt < :to', { to: span.to });
    if (span.patientIds) query.andWhere('a.patientId = any(:patientIds)', span);
    return query.getMany();
  }

  /** The soonest first. */
  list(ctx: TxContext, filter: AppointmentFilter): Promise<AppointmentEntity[]> {
    const query = this.query(ctx).orderBy({ 'a.startsAt': 'ASC', 'a.id': 'ASC' }).limit(filter.limit);
    if (filter.patientIds) query.andWhere('a.patientId = any(:patientIds)', filter);
    if (filter.status) query.andWhere('a.status = :status', { status: filter.status });
    if (filter.from) query.andWhere('a.startsAt >= :from', { from: filter.from });
    if (filter.to) query.andWhere('a.startsAt < :to', { to: filter.to });
    if (filter.after) {
      query.andWhere('(a.startsAt, a.id) > (:start, :id)', { start: filter.after[0], id: filter.after[1] });
    }
    return query.getMany();
  }

  private query(ctx: TxContext) {
    return managerOf(ctx)
      .createQueryBuilder(AppointmentEntity, 'a')
      .where('a.organizationId = :organization', { organization: ctx.organizationId });
  }

  private locked(ctx: TxContext, skip = false) {
    const query = this.query(ctx).orderBy('a.id').setLock('pessimistic_write');
    return skip ? query.setOnLocked('skip_locked') : query;
  }
}

/** pg would write a Date in the machine's own time, part by part. */
function valueOf(value: string | boolean | Date | null): string | boolean | null {
  return value instanceof Date ? value.toISOString() : value;
}
