import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4.js';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { hashOf, type Known } from '../domain/incoming.js';
import type { Need } from '../domain/needs.js';
import { keyText } from '../domain/reference.js';
import type { FollowedType, GoneRow } from '../domain/rows.js';
import type { Span } from '../domain/windows.js';

export interface NewRow extends RowKey {
  /** `Patient/1` */
  key: string;
  versionId: string | null;
  lastUpdated: Date | null;
  startsAt: Date | null;
  resource: FhirResource;
  hash: string | null;
}

export interface RowKey {
  type: FollowedType;
  fhirId: string;
}

export interface Rows {
  connectionId: Uuid;
  type: FollowedType;
}

/**
 * A record that is shown again a day after it was kept from us is open again. Not earlier: searches may show what a
 * read then refuses, and each refused read is an alarm in the EHR.
 */
const RESTRICTED = `coalesce(known.restricted_at > platform.now() - interval '1 day', false)`;

/**
 * The rows of `asked`, one by one through the index. PostgreSQL's statistics know nothing of a hospital that has just
 * come: it takes such a join for one row, and reads the hospital's whole table for each batch, or for each row of a
 * batch (measured: a statement that ran into its limit of 30 seconds).
 */
const KNOWN = `cross join lateral (
    select * from fhir.resource r
     where r.organization_id = $1 and r.connection_id = $2 and r.type = asked.type and r.fhir_id = asked.fhir_id
     limit 1) known`;
const ASKED = `unnest($3::text[], $4::text[]) as asked(type, fhir_id) ${KNOWN}`;
/** Updates rows that are known by an insert that always conflicts: an update's own join could not be kept in order. */
const ON_KNOWN = 'on conflict (organization_id, connection_id, type, fhir_id) do update set';

/** Ids, versions, hashes and times of what the EHR holds. */
@Injectable()
export class ResourcesRepository {
  /** What is known of these, by key (`Patient/1`). What was let go is not known. */
  async known(ctx: TxContext, connectionId: Uuid, keys: readonly RowKey[]): Promise<Map<string, Known>> {
    const found = await sql<Known & { key: string }>(
      ctx,
      `select known.type || '/' || known.fhir_id as key, version_id as "versionId", encode(hash, 'hex') as hash,
              last_updated as "lastUpdated", gone_at is not null or restricted_at is not null as gone,
              forbidden_at is not null as forbidden, ${RESTRICTED} as restricted
         from ${ASKED} where known.let_go_at is null`,
      asked(ctx, connectionId, keys),
    );
    return new Map(found.map((row) => [row.key, row]));
  }

  /** One id of each type that is there, to ask the EHR with. */
  async samples(ctx: TxContext, connectionId: Uuid): Promise<Partial<Record<FollowedType, string>>> {
    const rows = await sql<{ type: FollowedType; id: string }>(
      ctx,
      `select wanted.type, known.fhir_id as id
         from unnest(array['Patient', 'Practitioner', 'Location', 'Appointment']) as wanted(type)
         cross join lateral (
           select fhir_id from fhir.resource
            where organization_id = $1 and connection_id = $2 and type = wanted.type and gone_at is null
              and restricted_at is null and let_go_at is null limit 1) as known`,
      [ctx.organizationId, connectionId],
    );
    return Object.fromEntries(rows.map(({ type, id }) => [type, id]));
  }

  /** Which of these (`Patient/1`) are known, whether or not they are still there. */
  async existing(ctx: TxContext, connectionId: Uuid, keys: readonly string[]): Promise<Set<string>> {
    const rows = await sql<{ key: string }>(
      ctx,
      `select known.type || '/' || known.fhir_id as key from ${ASKED} where known.let_go_at is null`,
      asked(ctx, connectionId, keys.map(rowKeyOf)),
    );
    return new Set(rows.map(({ key }) => key));
  }

  /**
   * Stores what is new or different and not older; returns those by key (`Patient/1`). The conflict clause repeats the
   * comparison under the row's lock, because two readers may bring the same row at once. Rows that `needs` names by
   * their key are followed from the start: an update right behind the insert would cost as much again.
   */
  async store(
    ctx: TxContext,
    connectionId: Uuid,
    news: readonly NewRow[],
    needs: ReadonlyMap<string, Need>,
  ): Promise<Map<string, Uuid>> {
    if (news.length === 0) return new Map();
    const stored = await sql<{ id: Uuid; key: string }>(
      ctx,
      `insert into fhir.resource as known
         (organization_id, connection_id, type, id, fhir_id, version_id, hash, last_updated, starts_at, needed_until,
          read_at)
       select $1, $2, row.*, (select platform.now())
         from unnest($3::text[], $4::uuid[], $5::text[], $6::text[], $7::bytea[], $8::timestamptz[],
                     $9::timestamptz[], $10::timestamptz[]) as row
       on conflict (organization_id, connection_id, type, fhir_id) do update
         set version_id = excluded.version_id, hash = excluded.hash, last_updated = excluded.last_updated,
             starts_at = excluded.starts_at, read_at = excluded.read_at, gone_at = null, let_go_at = null,
             needed_until = greatest(known.needed_until, excluded.needed_until)
       where (known.hash <> excluded.hash or known.gone_at is not null) and known.restricted_at is null
         and (known.last_updated <= excluded.last_updated) is not false
       returning id, type || '/' || fhir_id as key`,
      [ctx.organizationId, connectionId, ...columnsOf(sorted(news), needs)],
    );
    return new Map(stored.map(({ id, key }) => [key, id]));
  }

  /** Patients who were joined to others: seen now, and without a content that a later answer could be equal to. */
  async markMerged(ctx: TxContext, connectionId: Uuid, fhirIds: readonly string[]): Promise<void> {
    const sorted = [...fhirIds].sort();
    await sql(
      ctx,
      `insert into fhir.resource (organization_id, connection_id, type, id, fhir_id, hash, read_at)
       select $1, $2, 'Patient', row.*, ''::bytea, platform.now() from unnest($3::uuid[], $4::text[]) as row
       on conflict (organization_id, connection_id, type, fhir_id) do update
         set hash = excluded.hash, read_at = excluded.read_at, let_go_at = null`,
      [ctx.organizationId, connectionId, sorted.map(() => newId()), sorted],
    );
  }

  /** Follows one patient as long as another is followed, whose visits are this one's. */
  async needAsLongAs(ctx: TxContext, connectionId: Uuid, fhirId: string, other: string): Promise<void> {
    await sql(
      ctx,
      `update fhir.resource known set needed_until = other.needed_until
         from fhir.resource other
        where known.organization_id = $1 and known.connection_id = $2 and known.type = 'Patient' and known.fhir_id = $3
          and other.organization_id = $1 and other.connection_id = $2 and other.type = 'Patient' and other.fhir_id = $4
          and (known.needed_until is null or known.needed_until < other.needed_until)`,
      [ctx.organizationId, connectionId, fhirId, other],
    );
  }

  /** Marks rows that the EHR has no more; returns those that were there until now. */
  markGone(ctx: TxContext, rows: Rows, fhirIds: string[]): Promise<GoneRow[]> {
    return sql<GoneRow>(
      ctx,
      `with gone as (
         update fhir.resource set gone_at = platform.now()
          where organization_id = $1 and connection_id = $2 and type = $3 and fhir_id = any($4) and gone_at is null
          returning id, fhir_id)
       select id as "resourceId", fhir_id as "fhirId" from gone`,
      [ctx.organizationId, rows.connectionId, rows.type, fhirIds],
    );
  }

  /** Those of these (`Patient/1`) that are behind break-the-glass. */
  async restricted(ctx: TxContext, connectionId: Uuid, keys: readonly string[]): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    const rows = await sql<{ key: string }>(
      ctx,
      `select known.type || '/' || known.fhir_id as key from ${ASKED} where known.restricted_at is not null`,
      asked(ctx, connectionId, keys.map(rowKeyOf)),
    );
    return new Set(rows.map(({ key }) => key));
  }

  async idOf(ctx: TxContext, rows: Rows, fhirId: string): Promise<Uuid | null> {
    const found = await sql<{ id: Uuid }>(
      ctx,
      `select id from fhir.resource where organization_id = $1 and connection_id = $2 and type = $3 and fhir_id = $4`,
      [ctx.organizationId, rows.connectionId, rows.type, fhirId],
    );
    return found[0]?.id ?? null;
  }

  /** Our ids of those that were ever known, by FHIR id. */
  async idsOf(ctx: TxContext, rows: Rows, fhirIds: readonly string[]): Promise<Map<string, Uuid>> {
    const found = await sql<{ id: Uuid; fhirId: string }>(
      ctx,
      `select id, fhir_id as "fhirId" from fhir.resource
        where organization_id = $1 and connection_id = $2 and type = $3 and fhir_id = any($4::text[])`,
      [ctx.organizationId, rows.connectionId, rows.type, fhirIds],
    );
    return new Map(found.map(({ id, fhirId }) => [fhirId, id]));
  }

  /**
   * Patients, practitioners and places are followed as long as a visit needs them. Returns until when those of them are
   * followed who are known, by key (`Patient/1`).
   */
  async need(ctx: TxContext, connectionId: Uuid, needs: readonly Need[]): Promise<Map<string, Date>> {
    if (needs.length === 0) return new Map();
    const known = await sql<{ key: string; until: Date | null }>(
      ctx,
      `select known.type || '/' || known.fhir_id as key, known.needed_until as "until" from ${ASKED}`,
      asked(ctx, connectionId, needs),
    );
    const untilOf = new Map(known.map(({ key, until }) => [key, until]));
    const behind = needs.filter((need) =>
      isBehind(need, untilOf.get(keyText({ type: need.type, id: need.fhirId }))),
    );
    await this.follow(ctx, connectionId, behind);
    for (const need of behind) untilOf.set(keyText({ type: need.type, id: need.fhirId }), need.until);
    return untilOf as Map<string, Date>;
  }

  /** Appointments that should lie in the span. */
  async startingIn(ctx: TxContext, connectionId: Uuid, span: Span): Promise<string[]> {
    const rows = await sql<{ fhir_id: string }>(
      ctx,
      `select fhir_id from fhir.resource
        where organization_id = $1 and connection_id = $2 and type = 'Appointment' and gone_at is null
          and restricted_at is null and starts_at >= $3 and starts_at < $4`,
      [ctx.organizationId, connectionId, span.from, span.to],
    );
    return rows.map(({ fhir_id }) => fhir_id);
  }

  /** Appointments that should lie in the span, and that are kept from us. */
  async restrictedIn(ctx: TxContext, connectionId: Uuid, span: Span): Promise<string[]> {
    const rows = await sql<{ fhir_id: string }>(
      ctx,
      `select fhir_id from fhir.resource
        where organization_id = $1 and connection_id = $2 and type = 'Appointment' and gone_at is null
          and restricted_at is not null and starts_at >= $3 and starts_at < $4`,
      [ctx.organizationId, connectionId, span.from, span.to],
    );
    return rows.map(({ fhir_id }) => fhir_id);
  }

  /** Ids of those whom a visit from `since` on still needs. */
  async needed(ctx: TxContext, rows: Rows, since: Date): Promise<string[]> {
    const found = await sql<{ fhir_id: string }>(
      ctx,
      `select fhir_id from fhir.resource
        where organization_id = $1 and connection_id = $2 and type = $3 and gone_at is null and restricted_at is null
          and needed_until >= $4
        order by fhir_id`,
      [ctx.organizationId, rows.connectionId, rows.type, since],
    );
    return found.map(({ fhir_id }) => fhir_id);
  }

  /** Whoever a visit from `since` on needs, was not read for most of a day, and does not wait for it yet. */
  unread(ctx: TxContext, connectionId: Uuid, since: Date): Promise<RowKey[]> {
    return sql(
      ctx,
      `select type, fhir_id as "fhirId" from fhir.resource
        where organization_id = $1 and connection_id = $2 and gone_at is null and restricted_at is null
          and needed_until >= $3 and refresh_at is null and read_at < platform.now() - interval '20 hours'`,
      [ctx.organizationId, connectionId, since],
    );
  }

  /** These wait to be read by their ids. */
  refreshSoon(ctx: TxContext, connectionId: Uuid, rows: readonly RowKey[]): Promise<void> {
    return this.setRefresh(ctx, connectionId, rows, 'refresh_at = platform.now()');
  }

  /** Those who wait to be read by their ids, longest first. */
  waiting(ctx: TxContext, connectionId: Uuid, limit: number): Promise<RowKey[]> {
    return sql(
      ctx,
      `select type, fhir_id as "fhirId" from fhir.resource
        where organization_id = $1 and connection_id = $2 and refresh_at <= platform.now() and restricted_at is null
        order by refresh_at limit $3`,
      [ctx.organizationId, connectionId, limit],
    );
  }

  refreshed(ctx: TxContext, connectionId: Uuid, rows: readonly RowKey[]): Promise<void> {
    return this.setRefresh(ctx, connectionId, rows, 'refresh_at = null, read_at = platform.now()');
  }

  /** The EHR did not answer for these: others come first. */
  postponeRefresh(ctx: TxContext, connectionId: Uuid, rows: readonly RowKey[]): Promise<void> {
    return this.setRefresh(ctx, connectionId, rows, `refresh_at = platform.now() + interval '1 hour'`);
  }

  /**
   * Lets go of patients, practitioners and places whom no visit from `since` on needs: their ids stay, so that they are
   * the same when they come back, and nothing else does. What the EHR withholds is not let go of: it would never be
   * seen to be open again. Returns how many.
   */
  async letGo(ctx: TxContext, connectionId: Uuid, since: Date): Promise<number> {
    const rows = await sql<{ n: number }>(
      ctx,
      `with gone as (
         update fhir.resource
            set let_go_at = platform.now(), hash = '', version_id = null, last_updated = null, needed_until = null,
                refresh_at = null
          where organization_id = $1 and connection_id = $2 and gone_at is null and forbidden_at is null
            and needed_until < $3
          returning 1)
       select count(*)::int as n from gone`,
      [ctx.organizationId, connectionId, since],
    );
    return rows[0]!.n;
  }

  private async follow(ctx: TxContext, connectionId: Uuid, needs: readonly Need[]): Promise<void> {
    if (needs.length === 0) return;
    const rows = sorted(needs);
    await sql(
      ctx,
      `insert into fhir.resource as r (organization_id, connection_id, type, id, fhir_id, hash, read_at, needed_until)
       select $1, $2, known.type, known.id, known.fhir_id, known.hash, known.read_at, asked.until
         from unnest($3::text[], $4::text[], $5::timestamptz[]) as asked(type, fhir_id, until) ${KNOWN}
       ${ON_KNOWN} needed_until = greatest(r.needed_until, excluded.needed_until)`,
      [...asked(ctx, connectionId, rows), rows.map(({ until }) => until.toISOString())],
    );
  }

  private async setRefresh(
    ctx: TxContext,
    connectionId: Uuid,
    rows: readonly RowKey[],
    to: string,
  ): Promise<void> {
    if (rows.length === 0) return;
    await sql(
      ctx,
      `insert into fhir.resource as r (organization_id, connection_id, type, id, fhir_id, hash, read_at)
       select $1, $2, known.type, known.id, known.fhir_id, known.hash, known.read_at from ${ASKED} ${ON_KNOWN} ${to}`,
      asked(ctx, connectionId, sorted(rows)),
    );
  }
}

function asked(ctx: TxContext, connectionId: Uuid, rows: readonly RowKey[]): unknown[] {
  return [ctx.organizationId, connectionId, rows.map(({ type }) => type), rows.map(({ fhirId }) => fhirId)];
}

function rowKeyOf(key: string): RowKey {
  const [type = '', fhirId = ''] = key.split('/');
  return { type: type as FollowedType, fhirId };
}

function isBehind({ startsAt }: Need, until: Date | null | undefined): boolean {
  return until === null || (until !== undefined && until < startsAt);
}

/** In one order for all, so that two writers never wait for each other. */
function sorted<Row extends RowKey>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => order(a.type, b.type) || order(a.fhirId, b.fhirId));
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function columnsOf(rows: readonly NewRow[], needs: ReadonlyMap<string, Need>): unknown[][] {
  return [
    rows.map(({ type }) => type),
    rows.map(() => newId()),
    rows.map(({ fhirId }) => fhirId),
    rows.map(({ versionId }) => versionId),
    rows.map((row) => `\\x${hashOf(row)}`),
    // pg would write a Date in the machine's own time, part by part.
    rows.map(({ lastUpdated }) => lastUpdated?.toISOString()),
    rows.map(({ startsAt }) => startsAt?.toISOString()),
    rows.map(({ key }) => needs.get(key)?.until.toISOString()),
  ];
}
