import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Purpose } from '../domain/consent.js';
import { WithdrawalEntity } from './consent.entity.js';

/** A withdrawal, and how much of what was agreed to on its address still stands. */
export interface Ending {
  withdrawalId: Uuid;
  addressId: Uuid;
  activeLeft: number;
}

@Injectable()
export class WithdrawalRepository {
  async add(ctx: TxContext, withdrawal: Omit<WithdrawalEntity, 'organizationId'>): Promise<void> {
    await managerOf(ctx).insert(WithdrawalEntity, { organizationId: ctx.organizationId, ...withdrawal });
  }

  get(ctx: TxContext, id: Uuid): Promise<WithdrawalEntity | null> {
    return managerOf(ctx).findOneBy(WithdrawalEntity, { organizationId: ctx.organizationId, id });
  }

  /** Whether the whole address was withdrawn before. */
  hasOptedOut(ctx: TxContext, addressId: Uuid): Promise<boolean> {
    return managerOf(ctx)
      .createQueryBuilder(WithdrawalEntity, 'withdrawal')
      .where('withdrawal.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere('withdrawal.addressId = :addressId and withdrawal.consentId is null', { addressId })
      .getExists();
  }

  /** When one of these purposes was last withdrawn on one of these addresses, for this patient or for everybody. */
  async lastFor(
    ctx: TxContext,
    about: { patientId: Uuid; addressIds: readonly Uuid[]; purposes: readonly Purpose[] },
  ): Promise<Date | null> {
    const [row] = await sql<{ at: Date | null }>(
      ctx,
      `select max(w.recorded_at) as at
         from consent.withdrawal w
         left join consent.consent c on c.organization_id = w.organization_id and c.id = w.consent_id
        where w.organization_id = $1 and w.address_id = any($2::uuid[])
          and (w.consent_id is null or (c.patient_id = $3 and c.purpose = any($4::text[])))`,
      [ctx.organizationId, about.addressIds, about.patientId, about.purposes],
    );
    return row?.at ?? null;
  }

  /** The withdrawals that ended these consents, each once; a consent that was granted again is left out. */
  endingsOf(ctx: TxContext, consentIds: readonly Uuid[]): Promise<Ending[]> {
    return sql<Ending>(
      ctx,
      `select distinct w.id as "withdrawalId", w.address_id as "addressId",
              (select count(*)::int from consent.consent other
                where other.organization_id = $1 and other.address_id = w.address_id
                  and other.status = 'active') as "activeLeft"
         from consent.consent c
         join consent.change ch on ch.organization_id = c.organization_id and ch.consent_id = c.id
                               and ch.version = c.version
         join consent.withdrawal w on w.organization_id = ch.organization_id and w.id = ch.withdrawal_id
        where c.organization_id = $1 and c.id = any($2::uuid[]) and c.status = 'inactive'`,
      [ctx.organizationId, consentIds],
    );
  }
}
