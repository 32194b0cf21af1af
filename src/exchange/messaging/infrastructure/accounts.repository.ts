import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { STANDARD_PER_SECOND } from '../domain/pace.js';
import { AccountEntity, ChannelEntity, NumberDirectoryEntity } from './account.entity.js';

/** A number and how its channel is doing, as a sender needs it. */
export interface SendingNumber
  extends
    Pick<AccountEntity, 'id' | 'version' | 'phoneNumberId' | 'businessAccountId'>,
    Pick<ChannelEntity, 'messagesPerSecond' | 'pacedUntil' | 'slowUntil' | 'heldUntil' | 'heldScope'> {
  now: Date;
}

@Injectable()
export class AccountsRepository {
  get(ctx: TxContext, id: Uuid): Promise<AccountEntity | null> {
    return managerOf(ctx).findOneBy(AccountEntity, { organizationId: ctx.organizationId, id });
  }

  byName(ctx: TxContext, name: string): Promise<AccountEntity | null> {
    return managerOf(ctx).findOneBy(AccountEntity, { organizationId: ctx.organizationId, name });
  }

  /** All that may speak, the oldest first: that is the organization's default. */
  active(ctx: TxContext): Promise<AccountEntity[]> {
    return managerOf(ctx).find(AccountEntity, {
      where: { organizationId: ctx.organizationId, state: 'active' },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  list(ctx: TxContext, after: CursorKey | null, limit: number): Promise<AccountEntity[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(AccountEntity, 'account')
      .where('account.organizationId = :organization', { organization: ctx.organizationId })
      .orderBy('account.id')
      .limit(limit);
    if (after) query.andWhere('account.id > :id', { id: after[0] });
    return query.getMany();
  }

  /** Inserts or overwrites; the caller has raised the version. */
  async save(ctx: TxContext, account: AccountEntity): Promise<void> {
    await managerOf(ctx).save(AccountEntity, account);
  }

  /** The number as Meta shows it. No change of the administrator's: the version stays. */
  async show(ctx: TxContext, id: Uuid, displayNumber: string | null): Promise<void> {
    await managerOf(ctx).update(AccountEntity, { organizationId: ctx.organizationId, id }, { displayNumber });
  }

  /** Raises the version if it still is `version`; false when somebody was faster. */
  async raiseVersion(ctx: TxContext, id: Uuid, version: number): Promise<boolean> {
    const { affected } = await managerOf(ctx).update(
      AccountEntity,
      { organizationId: ctx.organizationId, id, version },
      { version: version + 1 },
    );
    return affected === 1;
  }

  /**
   * Takes the number for this account in the directory; false when another account has it. Of a number that the account
   * gives up it is kept until when the organization had it, in the time of the database, as webhooks are.
   */
  async enlist(ctx: TxContext, account: AccountEntity): Promise<boolean> {
    await sql(
      ctx,
      `with gone as (
         delete from messaging.number_directory where account_id = $1 and organization_id = $2
         returning phone_number_id)
       insert into messaging.number_departure (phone_number_id, organization_id, left_at)
       select phone_number_id, $2, clock_timestamp() from gone where phone_number_id <> $3
       on conflict (phone_number_id, organization_id) do update set left_at = excluded.left_at`,
      [account.id, ctx.organizationId, account.phoneNumberId],
    );
    const rows = await sql<{ account_id: Uuid }>(
      ctx,
      `insert into messaging.number_directory (phone_number_id, business_account_id, organization_id, account_id, version)
       values ($1, $2, $3, $4, $5) on conflict do nothing returning account_id`,
      [account.phoneNumberId, account.businessAccountId, ctx.organizationId, account.id, account.version],
    );
    return rows.length === 1;
  }

  /** Every number of the installation. */
  directory(ctx: { tx: Transaction }): Promise<NumberDirectoryEntity[]> {
    return managerOf(ctx).find(NumberDirectoryEntity, { order: { phoneNumberId: 'ASC' } });
  }

  async openChannel(ctx: TxContext, accountId: Uuid): Promise<void> {
    await sql(
      ctx,
      `insert into messaging.channel (organization_id, account_id, messages_per_second, templates_due_at)
       values ($1, $2, $3, platform.now()) on conflict do nothing`,
      [ctx.organizationId, accountId, STANDARD_PER_SECOND],
    );
  }

  channel(ctx: TxContext, accountId: Uuid): Promise<ChannelEntity> {
    return managerOf(ctx).findOneByOrFail(ChannelEntity, { organizationId: ctx.organizationId, accountId });
  }

  channels(ctx: TxContext, accountIds: readonly Uuid[]): Promise<ChannelEntity[]> {
    return managerOf(ctx)
      .createQueryBuilder(ChannelEntity, 'channel')
      .where('channel.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere('channel.accountId = any(:ids)', { ids: accountIds })
      .getMany();
  }

  /** One account's channel, locked: senders of one number pace themselves one by one. */
  async lockChannel(ctx: TxContext, accountId: Uuid): Promise<ChannelEntity> {
    return managerOf(ctx)
      .createQueryBuilder(ChannelEntity, 'channel')
      .setLock('pessimistic_write')
      .where('channel.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere('channel.accountId = :accountId', { accountId })
      .getOneOrFail();
  }

  /**
   * The numbers that may speak and have a message due, their channels locked: senders of one number pace themselves
   * one by one, and who finds a number taken goes on with the others.
   */
  lockDue(ctx: TxContext): Promise<SendingNumber[]> {
    return sql<SendingNumber>(
      ctx,
      `select a.id, a.version, a.phone_number_id as "phoneNumberId", a.business_account_id as "businessAccountId",
              c.messages_per_second as "messagesPerSecond", c.paced_until as "pacedUntil", c.slow_until as "slowUntil",
              c.held_until as "heldUntil", c.held_scope as "heldScope", platform.now() as now
         from messaging.account a
         join messaging.channel c on c.organization_id = a.organization_id and c.account_id = a.id
        where a.organization_id = $1 and a.state = 'active'
          and exists (select from messaging.message m
                       where m.organization_id = $1 and m.account_id = a.id and m.state = 'ready'
                         and m.due_at <= platform.now())
        order by a.id for update of c skip locked`,
      [ctx.organizationId],
    );
  }

  async pace(ctx: TxContext, used: readonly { accountId: Uuid; until: Date }[]): Promise<void> {
    await sql(
      ctx,
      `update messaging.channel c set paced_until = r.until
         from unnest($2::uuid[], $3::timestamptz[]) as r(account_id, until)
        where c.organization_id = $1 and c.account_id = r.account_id`,
      [ctx.organizationId, used.map(({ accountId }) => accountId), used.map(({ until }) => until)],
    );
  }

  async changeChannel(ctx: TxContext, accountId: Uuid, change: Partial<ChannelEntity>): Promise<void> {
    await managerOf(ctx).update(ChannelEntity, { organizationId: ctx.organizationId, accountId }, change);
  }
}
