import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { numberRate, pace } from '../domain/pace.js';
import { AccountsRepository, type SendingNumber } from '../infrastructure/accounts.repository.js';
import { OutboxRepository, type Grant, type OutboxRow } from '../infrastructure/outbox.repository.js';
import { Breakers } from './breakers.js';

/** What is due of an organization's numbers, leased to us. */
export interface Leased {
  token: Uuid;
  rows: OutboxRow[];
  numbers: ReadonlyMap<Uuid, SendingNumber>;
  now: Date;
  /** On the process's own clock, which a stopped process notices too. */
  leasedAt: number;
  /** Something is due whose number's rate is used up. */
  paced: boolean;
}

/** Each number's rate first, then as many of its rows as that allows. */
@Injectable()
export class Leases {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: AccountsRepository,
    private readonly outbox: OutboxRepository,
    private readonly breakers: Breakers,
  ) {}

  /** At most `most` rows in all, shared evenly by the numbers that have something due. */
  async take(ctx: Context, most: number): Promise<Leased | null> {
    const leasedAt = performance.now();
    const token = newId();
    return this.transactions.run(ctx, async (tx) => {
      const due = await this.accounts.lockDue(tx);
      const open = due.filter((number) => !isClosed(number) && this.breakers.allowance(number.id) !== 'none');
      const [{ now } = { now: new Date(0) }] = open;
      const share = Math.max(Math.floor(most / Math.max(open.length, 1)), 1);
      const grants = open.map((number) => this.grantFor(number, share));
      const able = grants.filter(({ limit }) => limit > 0);
      if (open.length === 0) return null;
      const rows = able.length === 0 ? [] : await this.outbox.claim(tx, token, able);
      // Under the locks of these numbers, so that no other batch leases a second probe.
      for (const { accountId } of rows)
        if (this.breakers.allowance(accountId) === 'probe') this.breakers.probing(accountId);
      await this.accounts.pace(tx, paceOf(open, rows));
      const numbers = new Map(open.map((number) => [number.id, number]));
      return { token, rows, numbers, now, leasedAt, paced: able.length < grants.length };
    });
  }

  private grantFor(number: SendingNumber, share: number): Grant {
    const { id: accountId, messagesPerSecond, now, pacedUntil } = number;
    const wanted = this.breakers.allowance(accountId) === 'probe' ? 1 : share;
    const { granted } = pace(numberRate(messagesPerSecond), now, pacedUntil, wanted);
    return { accountId, limit: granted, withTemplates: !isHeld(number) };
  }
}

function paceOf(numbers: readonly SendingNumber[], rows: readonly OutboxRow[]) {
  return numbers.flatMap(({ id, messagesPerSecond, now, pacedUntil }) => {
    const taken = rows.filter(({ accountId }) => accountId === id).length;
    if (taken === 0) return [];
    return [{ accountId: id, until: pace(numberRate(messagesPerSecond), now, pacedUntil, taken).usedUntil }];
  });
}

function isHeld({ heldUntil, now }: SendingNumber): boolean {
  return heldUntil !== null && heldUntil > now;
}

function isClosed(number: SendingNumber): boolean {
  const { slowUntil, heldScope, now } = number;
  const isSlow = slowUntil !== null && slowUntil > now;
  return isSlow || (isHeld(number) && heldScope === 'all');
}
