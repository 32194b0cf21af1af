import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { MessageEntity } from './message.entity.js';

export interface Claim {
  accountId: Uuid;
  token: Uuid;
  limit: number;
  /** While the channel is held for templates alone, replies still go. */
  withTemplates: boolean;
}

export interface Beginning {
  messageId: Uuid;
  /** Random: Meta gives it back with every status. */
  attemptId: Uuid;
  consentId: Uuid | null;
  consentVersion: number | null;
}

export interface AttemptEnd {
  id: Uuid;
  outcome: 'accepted' | 'refused' | 'unknown' | 'not-begun';
  code: number | null;
  subcode: number | null;
  httpStatus: number | null;
}

/** Longer than fence, checks and the calls of one batch together (each call ends within 13 s). */
const LEASE_SECONDS = 60;

/** The sender's side of the ledger: leases are in the database's own time, due times in the product's. */
@Injectable()
export class OutboxRepository {
  /** Whether anything of this number is due: spares the channel's lock when nothing is. */
  async isDue(ctx: TxContext, accountId: Uuid): Promise<boolean> {
    const rows = await sql(
      ctx,
      `select 1 from messaging.message
        where organization_id = $1 and account_id = $2 and state = 'ready' and due_at <= platform.now() limit 1`,
      [ctx.organizationId, accountId],
    );
    return rows.length > 0;
  }

  /** Leases what is due. The rows are ours until the lease ends. */
  async claim(ctx: TxContext, claim: Claim): Promise<MessageEntity[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with due as (
         select id from messaging.message
          where organization_id = $1 and account_id = $2 and state = 'ready' and due_at <= platform.now()
            and ($5 or content_kind <> 'template')
          order by due_at, id limit $4 for update skip locked),
       claimed as (
         update messaging.message m
            set state = 'claimed', lease_token = $3, version = version + 1,
                lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
           from due where m.organization_id = $1 and m.id = due.id returning m.id)
       select id from claimed`,
      [ctx.organizationId, claim.accountId, claim.token, claim.limit, claim.withTemplates],
    );
    if (rows.length === 0) return [];
    return managerOf(ctx)
      .createQueryBuilder(MessageEntity, 'm')
      .where('m.organizationId = :organization and m.id = any(:ids)', {
        organization: ctx.organizationId,
        ids: rows.map(({ id }) => id),
      })
      .orderBy({ 'm.dueAt': 'ASC', 'm.id': 'ASC' })
      .getMany();
  }

  /** Back to ready, for those that this lease still holds. */
  async giveBack(
    ctx: TxContext,
    token: Uuid,
    rows: readonly { id: Uuid; dueAt: Date; reason: string | null }[],
  ): Promise<void> {
    if (rows.length === 0) return;
    await sql(
      ctx,
      `update messaging.message m
          set state = 'ready', lease_token = null, lease_until = null, due_at = r.due_at, reason = r.reason,
              version = version + 1
         from unnest($3::uuid[], $4::timestamptz[], $5::text[]) as r(id, due_at, reason)
        where m.organization_id = $1 and m.lease_token = $2 and m.state = 'claimed' and m.id = r.id`,
      [
        ctx.organizationId,
        token,
        rows.map(({ id }) => id),
        rows.map(({ dueAt }) => dueAt),
        rows.map(({ reason }) => reason),
      ],
    );
  }

  /** Ends those that the gate stopped. Returns the ids that this lease still held. */
  async stop(
    ctx: TxContext,
    token: Uuid,
    rows: readonly { id: Uuid; state: 'refused' | 'expired'; reason: string | null }[],
  ): Promise<Uuid[]> {
    if (rows.length === 0) return [];
    const stopped = await sql<{ id: Uuid }>(
      ctx,
      `with stopped as (
         update messaging.message m
            set state = r.state, reason = r.reason, lease_token = null, lease_until = null, version = version + 1
           from unnest($3::uuid[], $4::text[], $5::text[]) as r(id, state, reason)
          where m.organization_id = $1 and m.lease_token = $2 and m.state = 'claimed' and m.id = r.id
          returning m.id)
       select id from stopped`,
      [
        ctx.organizationId,
        token,
        rows.map(({ id }) => id),
        rows.map(({ state }) => state),
        rows.map(({ reason }) => reason),
      ],
    );
    return stopped.map(({ id }) => id);
  }

  /**
   * The attempt rows and the decision relied on, for those whose lease still holds. Commit before any call: what
   * is not returned here must not be sent.
   */
  async begin(ctx: TxContext, token: Uuid, rows: readonly Beginning[]): Promise<Set<Uuid>> {
    if (rows.length === 0) return new Set();
    const begun = await sql<{ id: Uuid }>(
      ctx,
      `with begun as (
         update messaging.message m
            set state = 'sending', reason = null, consent_id = r.consent_id, consent_version = r.consent_version,
                decided_at = platform.now(), version = version + 1
           from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::int[]) as r(id, attempt_id, consent_id, consent_version)
          where m.organization_id = $1 and m.lease_token = $2 and m.state = 'claimed'
            and m.lease_until > clock_timestamp() and m.id = r.id
          returning m.id, m.account_id, r.attempt_id),
       attempted as (
         insert into messaging.attempt (organization_id, id, message_id, account_id, began_at)
         select $1, attempt_id, id, account_id, platform.now() from begun)
       select id from begun`,
      [
        ctx.organizationId,
        token,
        rows.map(({ messageId }) => messageId),
        rows.map(({ attemptId }) => attemptId),
        rows.map(({ consentId }) => consentId),
        rows.map(({ consentVersion }) => consentVersion),
      ],
    );
    return new Set(begun.map(({ id }) => id));
  }

  async endAttempts(ctx: TxContext, ends: readonly AttemptEnd[]): Promise<void> {
    await sql(
      ctx,
      `update messaging.attempt a
          set ended_at = case when r.outcome = 'unknown' then null else platform.now() end, outcome = r.outcome,
              code = r.code, subcode = r.subcode, http_status = r.http_status
         from jsonb_to_recordset($2::jsonb)
              as r(id uuid, outcome text, code int, subcode int, http_status int)
        where a.organization_id = $1 and a.id = r.id`,
      [
        ctx.organizationId,
        JSON.stringify(ends.map(({ httpStatus, ...end }) => ({ ...end, http_status: httpStatus }))),
      ],
    );
  }

  /** A sender died: what it had not begun is ready again, what it had begun is unknown. Returns the unknown ones. */
  async recoverLeases(ctx: TxContext): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid; state: string }>(
      ctx,
      `with over as (
         select id from messaging.message
          where organization_id = $1 and state in ('claimed', 'sending') and lease_until < clock_timestamp()
          order by id limit 500 for update skip locked),
       recovered as (
         update messaging.message m
            set state = case m.state when 'claimed' then 'ready' else 'unknown' end,
                unknown_at = case m.state when 'claimed' then null else platform.now() end,
                lease_token = null, lease_until = null, version = version + 1
           from over where m.organization_id = $1 and m.id = over.id returning m.id, m.state)
       select id, state from recovered`,
      [ctx.organizationId],
    );
    return rows.filter(({ state }) => state === 'unknown').map(({ id }) => id);
  }

  /** What waited until it was of no use: behind a held channel or a disabled account nothing else would end it. */
  async expire(ctx: TxContext): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with late as (
         select id from messaging.message
          where organization_id = $1 and state = 'ready' and useful_until <= platform.now()
          order by id limit 500 for update skip locked),
       expired as (
         update messaging.message m set state = 'expired', version = version + 1
           from late where m.organization_id = $1 and m.id = late.id returning m.id)
       select id from expired`,
      [ctx.organizationId],
    );
    return rows.map(({ id }) => id);
  }

  /** Those whose answer did not come within the grace. */
  parkUnknown(ctx: TxContext, graceMs: number): Promise<{ id: Uuid; patientId: Uuid | null }[]> {
    return sql(
      ctx,
      `with late as (
         select id from messaging.message
          where organization_id = $1 and state = 'unknown'
            and unknown_at <= platform.now() - make_interval(secs => $2)
          order by id limit 500 for update skip locked),
       parked as (
         update messaging.message m set state = 'parked', reason = 'no-answer', version = version + 1
           from late where m.organization_id = $1 and m.id = late.id returning m.id, m.patient_id)
       select id, patient_id as "patientId" from parked`,
      [ctx.organizationId, graceMs / 1000],
    );
  }

  /** How far the rate of each pair is used up, locked; pairs that are new are made. */
  async lockPairs(
    ctx: TxContext,
    accountId: Uuid,
    addressIds: readonly Uuid[],
  ): Promise<Map<Uuid, Date | null>> {
    await sql(
      ctx,
      `insert into messaging.pair (organization_id, address_id, account_id)
       select $1, id, $2 from unnest($3::uuid[]) as id order by id on conflict do nothing`,
      [ctx.organizationId, accountId, addressIds],
    );
    const rows = await sql<{ id: Uuid; until: Date | null }>(
      ctx,
      `select address_id as id, paced_until as until from messaging.pair
        where organization_id = $1 and account_id = $2 and address_id = any($3) order by address_id for update`,
      [ctx.organizationId, accountId, addressIds],
    );
    return new Map(rows.map(({ id, until }) => [id, until]));
  }

  async pacePairs(ctx: TxContext, accountId: Uuid, used: ReadonlyMap<Uuid, Date>): Promise<void> {
    await sql(
      ctx,
      `update messaging.pair p set paced_until = r.until
         from unnest($3::uuid[], $4::timestamptz[]) as r(id, until)
        where p.organization_id = $1 and p.account_id = $2 and p.address_id = r.id`,
      [ctx.organizationId, accountId, [...used.keys()], [...used.values()]],
    );
  }
}
