import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { BacklogRepository, type ParkedWebhooksCount } from '../infrastructure/backlog.repository.js';
import { MessagingMetrics } from './metrics.js';

/** The loop `messaging.parked`: how many webhooks wait for a person or a number, as a metric of all hospitals. */
@Injectable()
export class CountParked {
  private readonly counts = new Map<Uuid, ParkedWebhooksCount>();

  constructor(
    private readonly transactions: Transactions,
    private readonly backlog: BacklogRepository,
    private readonly metrics: MessagingMetrics,
  ) {}

  async claim(ctx: Context): Promise<number> {
    const count = await this.transactions.run(ctx, (tx) => this.backlog.parkedWebhooks(tx));
    this.counts.set(ctx.organizationId, count);
    const all = [...this.counts.values()];
    const sumOf = (key: keyof ParkedWebhooksCount): number => all.reduce((sum, one) => sum + one[key], 0);
    this.metrics.parked.set({ reason: 'unknown-number' }, sumOf('unknownNumber'));
    this.metrics.parked.set({ reason: 'not-worked' }, sumOf('notWorked'));
    return 0;
  }
}
