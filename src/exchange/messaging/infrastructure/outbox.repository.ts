import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { MessageEntity } from './message.entity.js';
import { SET_ASIDE } from './set-aside.repository.js';

/** How much one number may send now. */
export interface Grant {
  accountId: Uuid;
  limit: number;
  /** While the channel is held for templates alone, replies still go. */
  withTemplates: boolean;
}

/** What the way out needs of a message. */
export type OutboxRow = Pick<
  MessageEntity,
  | 'id'
  | 'accountId'
  | 'origin'
  | 'originKey'
  | 'kind'
  | 'addressId'
  | 'patientId'
  | 'purpose'
  | 'visitId'
  | 'contentKind'
  | 'templateName'
  | 'templateLanguage'
  | 'contentSealed'
  | 'usefulUntil'
  | 'createdAt'
>;

const COLUMNS = `m.id, m.account_id as "accountId", m.origin, m.origin_key as "originKey", m.kind,
  m.address_id as "addressId", m.patient_id as "patientId", m.purpose, m.visit_id as "visitId",
  m.content_kind as "contentKind", m.template_name as "templateName", m.template_language as "templateLanguage",
  m.content_sealed as "contentSealed", m.useful_until as "usefulUntil", m.created_at as "createdAt"`;

export interface Beginning {
  messageId: Uuid;
  /** Random: Meta gives it back with every status. */
  attemptId: Uuid;
  consentId: Uuid | null;
  consentVersion: number | null;
}

/** One contact at one of our numbers. */
export type Pair = Pick<MessageEntity, 'addressId' | 'accountId'>;

export interface AttemptEnd {
  id: Uuid;
  outcome: 'accepted' | 'refused' | 'unknown' | 'not-begun';
  code: number | null;
  subcode: number | null;
  httpStatus: number | null;
}

export type Expired = Pick<MessageEntity, 'id' | 'accountId' | 'origin' | 'patientId'>;

export interface WitnessRule {
  /** How long a status may take. */
  graceMs: number;
  /** How much later the witness must have begun. */
  witnessMs: number;
  /** Unknown later than this after it began: we were away, and its statuses may be on their way again. */
  promptMs: number;
}

/** A message whose answer never came, after its grace: ready once `again`, else parked. */
export interface SettledUnknown {
  id: Uuid;
  patientId: Uuid | null;
  again: boolean;
}

/** Longer than fence, checks and the calls of one batch together (each call ends within 13 s). */
const LEASE_SECONDS = 60;

/** The sender's side of the ledger: leases are in the database's own time, due times in the product's. */
@Injectable()
export class OutboxRepository {
  /** Leases what is due of these numbers, the longest due first. The rows are ours until the lease ends. */
  claim(ctx: TxContext, token: Uuid, grants: readonly Grant[]): Promise<OutboxRow[]> {
    return sql<OutboxRow>(
      ctx,
      `with due as (
         select row.id
           from unnest($3::uuid[], $4::int[], $5::boolean[]) as g(account_id, n, templates)
          cross join lateral (
            select id from messaging.message
             where organization_id = $1 and account_id = g.account_id and state = 'ready'
               and due_at <= platform.now() and (g.templates or content_kind <> 'template')
             order by due_at, id limit g.n for update skip locked) as row),
       claimed as (
         update messaging.message m
            set state = 'claimed', lease_token = $2, version = version + 1,
                lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
           from due where m.organization_id = $1 and m.id = due.id returning m.due_at, ${COLUMNS})
       select * from claimed order by due_at, id`,
      [
        ctx.organizationId,
        token,
        grants.map(({ accountId }) => accountId),
        grants.map(({ limit }) => limit),
        grants.map(({ withTemplates }) => withTemplates),
      ],
    );
  }

  /** Back to ready, for those that this lease still holds. Locked in the order in which messages are taken back. */
  async giveBack(
    ctx: TxContext,
    token: Uuid,
    rows: readonly { id: Uuid; dueAt: Date; reason: string | null }[],
  ): Promise<void> {
    if (rows.length === 0) return;
    await sql(
      ctx,
      `with mine as (
         select id from messaging.message
          where organization_id = $1 and lease_token = $2 and state = 'claimed' and id = any($3::uuid[])
          order by id for update)
       update messaging.message m
          set state = 'ready', lease_token = null, lease_until = null, due_at = r.due_at, version = version + 1,
              -- What it was set aside for stands until it begins: that it waits for something else mends nothing.
              reason = case when m.reason in (${SET_ASIDE}) and (r.reason in (${SET_ASIDE})) is not true then m.reason
                            else r.reason end
         from mine join unnest($3::uuid[], $4::timestamptz[], $5::text[]) as r(id, due_at, reason) on r.id = mine.id
        where m.organization_id = $1 and m.id = mine.id`,
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
                decided_at = (select platform.now()), version = version + 1
           from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::int[]) as r(id, attempt_id, consent_id, consent_version)
          where m.organization_id = $1 and m.lease_token = $2 and m.state = 'claimed'
            and m.lease_until > clock_timestamp() and m.id = r.id
          returning m.id, m.account_id, r.attempt_id),
       attempted as (
         insert into messaging.attempt (organization_id, id, message_id, account_id, began_at)
         select $1, attempt_id, id, account_id, (select platform.now()) from begun)
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

  /** An answer that never came tells nothing against a status that did. */
  async endAttempts(ctx: TxContext, ends: readonly AttemptEnd[]): Promise<void> {
    if (ends.length === 0) return;
    await sql(
      ctx,
      `update messaging.attempt a
          set ended_at = case when r.outcome = 'unknown' then null else platform.now() end, outcome = r.outcome,
              code = r.code, subcode = r.subcode, http_status = r.http_status
         from jsonb_to_recordset($2::jsonb)
              as r(id uuid, outcome text, code int, subcode int, http_status int)
        where a.organization_id = $1 and a.id = r.id and (r.outcome <> 'unknown' or a.outcome is null)`,
      [
        ctx.organizationId,
        JSON.stringify(ends.map(({ httpStatus, ...end }) => ({ ...end, http_status: httpStatus }))),
      ],
    );
  }

  /** Those of these attempts that nothing has been recorded of, or only that no answer came. */
  async openAttempts(ctx: TxContext, attemptIds: readonly Uuid[]): Promise<Set<Uuid>> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select id from messaging.attempt
        where organization_id = $1 and id = any($2::uuid[]) and (outcome is null or outcome = 'unknown')`,
      [ctx.organizationId, attemptIds],
    );
    return new Set(rows.map(({ id }) => id));
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
           from over where m.organization_id = $1 and m.id = over.id returning m.id, m.state),
       unanswered as (
         update messaging.attempt a set outcome = 'unknown'
           from recovered r
          where a.organization_id = $1 and a.message_id = r.id and r.state = 'unknown' and a.outcome is null)
       select id, state from recovered`,
      [ctx.organizationId],
    );
    return rows.filter(({ state }) => state === 'unknown').map(({ id }) => id);
  }

  /** What waited until it was of no use: behind a held channel or a disabled account nothing else would end it. */
  expire(ctx: TxContext): Promise<Expired[]> {
    return sql(
      ctx,
      `with late as (
         select id from messaging.message
          where organization_id = $1 and state = 'ready' and useful_until <= platform.now()
          order by id limit 500 for update skip locked),
       expired as (
         update messaging.message m set state = 'expired', version = version + 1
           from late where m.organization_id = $1 and m.id = late.id
          returning m.id, m.account_id, m.origin, m.patient_id)
       select id, account_id as "accountId", origin, patient_id as "patientId" from expired`,
      [ctx.organizationId],
    );
  }

  /**
   * Those whose answer did not come within the grace. With a witness (a status has come for a send that this number
   * began long enough after ours, so that statuses do arrive) it is ready once more, and never again; else parked.
   */
  settleUnknown(ctx: TxContext, rule: WitnessRule): Promise<SettledUnknown[]> {
    return sql(
      ctx,
      `with late as (
         select m.id, m.account_id, m.kind, m.resends, m.unknown_at,
                (select max(a.began_at) from messaging.attempt a
                  where a.organization_id = $1 and a.message_id = m.id) as began_at
           from messaging.message m
          where m.organization_id = $1 and m.state = 'unknown'
            and m.unknown_at <= platform.now() - make_interval(secs => $2)
          order by m.id limit 500 for update of m skip locked),
       witness as (
         select number.account_id, newest.began_at
           from (select account_id, min(began_at) as since from late group by account_id) as number
          cross join lateral (
            select a.began_at from messaging.attempt a
              join messaging.message w on w.organization_id = $1 and w.id = a.message_id
             where a.organization_id = $1 and a.account_id = number.account_id
               and a.began_at >= number.since + make_interval(secs => $3)
               and coalesce(w.sent_at, w.delivered_at, w.read_at) is not null
             order by a.began_at desc limit 1) as newest),
       judged as (
         select late.id, late.resends = 0 and late.kind <> 'stop-confirmation'
                  and late.unknown_at - late.began_at < make_interval(secs => $4)
                  and coalesce(witness.began_at >= late.began_at + make_interval(secs => $3), false) as again
           from late left join witness using (account_id)),
       settled as (
         update messaging.message m
            set state = case when again then 'ready' else 'parked' end,
                reason = case when again then 'witness' else 'no-answer' end,
                resends = resends + case when again then 1 else 0 end,
                due_at = case when again then platform.now() else due_at end,
                unknown_at = case when again then null else unknown_at end,
                version = version + 1
           from judged where m.organization_id = $1 and m.id = judged.id
          returning m.id, m.patient_id, judged.again)
       select id, patient_id as "patientId", again from settled`,
      [ctx.organizationId, rule.graceMs / 1000, rule.witnessMs / 1000, rule.promptMs / 1000],
    );
  }

  /** How far the rate of each pair is used up, locked; pairs that are new are made. */
  async lockPairs(ctx: TxContext, pairs: readonly Pair[]): Promise<Map<string, Date | null>> {
    const lists = [pairs.map(({ addressId }) => addressId), pairs.map(({ accountId }) => accountId)];
    await sql(
      ctx,
      `insert into messaging.pair (organization_id, address_id, account_id)
       select distinct $1::uuid, p.address_id, p.account_id from unnest($2::uuid[], $3::uuid[]) as p(address_id, account_id)
        order by 2, 3 on conflict do nothing`,
      [ctx.organizationId, ...lists],
    );
    const rows = await sql<Pair & { until: Date | null }>(
      ctx,
      `select address_id as "addressId", account_id as "accountId", paced_until as until from messaging.pair
        where organization_id = $1
          and (address_id, account_id) in (select * from unnest($2::uuid[], $3::uuid[]))
        order by address_id, account_id for update`,
      [ctx.organizationId, ...lists],
    );
    return new Map(rows.map((row) => [pairKey(row), row.until]));
  }

  async pacePairs(ctx: TxContext, used: readonly (Pair & { until: Date })[]): Promise<void> {
    await sql(
      ctx,
      `update messaging.pair p set paced_until = r.until
         from unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) as r(address_id, account_id, until)
        where p.organization_id = $1 and p.account_id = r.account_id and p.address_id = r.address_id`,
      [
        ctx.organizationId,
        used.map(({ addressId }) => addressId),
        used.map(({ accountId }) => accountId),
        used.map(({ until }) => until),
      ],
    );
  }
}

export function pairKey({ addressId, accountId }: Pair): string {
  return `${addressId}/${accountId}`;
}
