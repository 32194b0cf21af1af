import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { GraphAccess } from '../infrastructure/graph-client.js';
import { Accounts } from './accounts.js';

/** How to speak for each number, in memory by the account's version: opening a token for every batch costs. */
@Injectable()
export class GraphAccesses {
  private readonly known = new Map<Uuid, { version: number; access: GraphAccess }>();

  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
  ) {}

  async of(ctx: Context, { id, version }: { id: Uuid; version: number }): Promise<GraphAccess> {
    const kept = this.known.get(id);
    if (kept?.version === version) return kept.access;
    return this.transactions.run(ctx, async (tx) => {
      const account = await this.accounts.get(tx, id);
      const access = await this.accounts.access(tx, account);
      this.known.set(id, { version: account.version, access });
      return access;
    });
  }
}
