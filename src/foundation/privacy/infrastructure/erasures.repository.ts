import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { HolderAnswer } from '../domain/erasure.states.js';
import type { ErasureSubject } from '../domain/holder.js';
import { ErasureEntity } from './erasure.entity.js';

export type NewErasure = Pick<
  ErasureEntity,
  'id' | 'subjectKind' | 'subjectId' | 'subjects' | 'reason' | 'requestedBy'
>;

@Injectable()
export class ErasuresRepository {
  get(ctx: TxContext, id: Uuid): Promise<ErasureEntity | null> {
    return managerOf(ctx).findOneBy(ErasureEntity, { organizationId: ctx.organizationId, id });
  }

  /** The newest of a subject, whatever became of it. */
  async newestOf(ctx: TxContext, subject: ErasureSubject): Promise<ErasureEntity | null> {
    return managerOf(ctx).findOne(ErasureEntity, {
      where: { organizationId: ctx.organizationId, subjectKind: subject.kind, subjectId: subject.id },
      order: { id: 'DESC' },
    });
  }

  /** False when the subject has one that is not completed. */
  async add(ctx: TxContext, erasure: NewErasure): Promise<boolean> {
    const made = await sql(
      ctx,
      `insert into privacy.erasure
         (organization_id, id, subject_kind, subject_id, subjects, reason, requested_by, due_at, requested_at)
       values ($1, $2, $3, $4, $5, $6, $7, platform.now(), platform.now())
       on conflict (organization_id, subject_kind, subject_id) where state <> 'completed' do nothing returning id`,
      [
        ctx.organizationId,
        erasure.id,
        erasure.subjectKind,
        erasure.subjectId,
        JSON.stringify(erasure.subjects),
        erasure.reason,
        erasure.requestedBy,
      ],
    );
    return made.length > 0;
  }

  /** A blocked one is tried again from where it stopped. */
  async unblock(ctx: TxContext, id: Uuid): Promise<boolean> {
    const rows = await sql(
      ctx,
      `with unblocked as (
         update privacy.erasure
            set state = 'running', blocked_reason = null, failures = 0, due_at = platform.now(), version = version + 1
          where organization_id = $1 and id = $2 and state = 'blocked' returning id)
       select id from unblocked`,
      [ctx.organizationId, id],
    );
    return rows.length > 0;
  }

  /** The longest due, locked; another worker's are left out. */
  claim(ctx: TxContext): Promise<ErasureEntity | null> {
    return managerOf(ctx)
      .createQueryBuilder(ErasureEntity, 'e')
      .where(`e.organizationId = :organization and e.state in ('requested', 'running')`, {
        organization: ctx.organizationId,
      })
      .andWhere('e.dueAt <= platform.now()')
      .orderBy('e.dueAt')
      .limit(1)
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked')
      .getOne();
  }

  async answer(ctx: TxContext, id: Uuid, answer: HolderAnswer): Promise<void> {
    await sql(
      ctx,
      `update privacy.erasure
          set state = 'running', answers = answers || $3::jsonb, failures = 0, version = version + 1
        where organization_id = $1 and id = $2`,
      [ctx.organizationId, id, JSON.stringify([answer])],
    );
  }

  async complete(ctx: TxContext, id: Uuid): Promise<void> {
    await sql(
      ctx,
      `update privacy.erasure set state = 'completed', completed_at = platform.now(), version = version + 1
        where organization_id = $1 and id = $2`,
      [ctx.organizationId, id],
    );
  }

  async postpone(ctx: TxContext, id: Uuid, seconds: number): Promise<void> {
    await sql(
      ctx,
      `update privacy.erasure
          set failures = failures + 1, due_at = platform.now() + make_interval(secs => $3), version = version + 1
        where organization_id = $1 and id = $2`,
      [ctx.organizationId, id, seconds],
    );
  }

  async block(ctx: TxContext, id: Uuid, reason: string): Promise<void> {
    await sql(
      ctx,
      `update privacy.erasure
          set state = 'blocked', blocked_reason = $3, failures = failures + 1, version = version + 1
        where organization_id = $1 and id = $2 and state in ('requested', 'running')`,
      [ctx.organizationId, id, reason],
    );
  }
}
