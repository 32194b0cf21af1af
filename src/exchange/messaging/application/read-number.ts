import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { recordAt, textAt } from '../domain/json.js';
import { HIGH_PER_SECOND, STANDARD_PER_SECOND } from '../domain/pace.js';
import type { AccountEntity } from '../infrastructure/account.entity.js';
import { AccountsRepository } from '../infrastructure/accounts.repository.js';
import { GraphClient, type GraphAccess } from '../infrastructure/graph-client.js';
import { Accounts } from './accounts.js';
import { Channels } from './channels.js';

const FIELDS = 'id,display_phone_number,verified_name,quality_rating,throughput';

/** What Meta says of a number. */
export interface NumberFacts {
  displayNumber: string | null;
  verifiedName: string | null;
  qualityRating: string | null;
}

/** Reads the number's node: whether the account works, its rate and its quality. */
@Injectable()
export class ReadNumber {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly repository: AccountsRepository,
    private readonly channels: Channels,
    private readonly client: GraphClient,
  ) {}

  /** A success opens a channel that was held. Throws GraphFault. */
  async check(ctx: Context, account: AccountEntity): Promise<NumberFacts> {
    const facts = await this.run(ctx, account, await this.accounts.access(ctx, account));
    await this.transactions.run(ctx, (tx) => this.channels.release(tx, account.id));
    return facts;
  }

  async run(ctx: Context, account: AccountEntity, access: GraphAccess): Promise<NumberFacts> {
    const node = await this.client.read(access, encodeURIComponent(account.phoneNumberId), {
      fields: FIELDS,
    });
    const facts = {
      displayNumber: textAt(node, 'display_phone_number'),
      verifiedName: textAt(node, 'verified_name'),
      qualityRating: textAt(node, 'quality_rating'),
    };
    const isHigh = textAt(recordAt(node, 'throughput'), 'level') === 'HIGH';
    await this.transactions.run(ctx, async (tx) => {
      if (facts.displayNumber !== account.displayNumber)
        await this.repository.show(tx, account.id, facts.displayNumber);
      await this.repository.changeChannel(tx, account.id, {
        messagesPerSecond: isHigh ? HIGH_PER_SECOND : STANDARD_PER_SECOND,
        qualityRating: facts.qualityRating,
      });
    });
    return facts;
  }
}
