import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { windowAt, type CustomerServiceWindow } from '../domain/window.policy.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { ReceivedRepository } from '../infrastructure/received.repository.js';

@Injectable()
export class Windows {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: ReceivedRepository,
  ) {}

  of(ctx: Context, addressId: Uuid): Promise<CustomerServiceWindow> {
    return this.transactions.run(ctx, async (tx) => {
      const [newest] = await this.repository.pairs(tx, [addressId]);
      return windowAt(await nowIn(tx), newest?.at ?? null);
    });
  }

  /** The number that this contact wrote to last, or null: the thread goes on where it was. */
  async lastAccountOf(tx: TxContext, addressId: Uuid): Promise<Uuid | null> {
    const [newest] = await this.repository.pairs(tx, [addressId]);
    return newest?.accountId ?? null;
  }
}
