import { Injectable } from '@nestjs/common';
import { VaultFacade } from '../../../foundation/vault/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { systemContext, type Context, type TxContext } from '../../../platform/context/context.js';
import { DatabaseFault } from '../../../platform/database/database-fault.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { failpoint } from '../../../platform/failpoint/failpoint.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { Log } from '../../../platform/logging/log.js';
import { asUnstorable, type Arrival } from '../domain/arrival.js';
import { InboxRepository } from '../infrastructure/inbox.repository.js';
import { MessagingMetrics } from './metrics.js';
import { ORGANIZATION, placeOf } from './sealing.js';

/** Rows of one insert: from here on a longer one is no faster, and a crash or a bad row costs more (measured). */
const ROWS_PER_FLUSH = 500;
/**
 * With so many a write begins at once, and the next ones are read while the database works. To wait for all of them
 * would let the two take turns, each idle while the other works.
 */
const ENOUGH = 32;
/** Writes under way at once: while the database works at one, the next is sealed and sent. */
const FLIGHTS = 2;
/** A write that takes longer than this has met a database that is away or stands still; below a webhook's patience. */
const STALLED_MS = 700;

/** So long a failed write is tried again: after a restart every connection of the pool may be a dead one. */
const CUT_MS = 150;

/** What one webhook brought for one organization. */
interface Waiting {
  organizationId: Uuid;
  arrivals: readonly Arrival[];
  stored: () => void;
  failed: (error: unknown) => void;
}

/** Writes whatever waits: one transaction and one insert per organization, so that a commit serves many webhooks. */
@Injectable()
export class InboxFlusher {
  private waiting: Waiting[] = [];
  private coming: NodeJS.Immediate | undefined;
  private flights = 0;
  /** The writes that the database has in hand. */
  private readonly writes = new Set<{ beganAt: number }>();

  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: InboxRepository,
    private readonly vault: VaultFacade,
    private readonly worklist: WorklistFacade,
    private readonly metrics: MessagingMetrics,
    private readonly loops: Loops,
    private readonly log: Log,
  ) {}

  /** Whether what waits now would wait in vain. */
  get stalled(): boolean {
    const late = performance.now() - STALLED_MS;
    for (const { beganAt } of this.writes) if (beganAt < late) return true;
    return false;
  }

  /** Resolves once all of it is committed. Throws DatabaseFault, Fault `webhook.not-stored`. */
  store(organizationId: Uuid, arrivals: readonly Arrival[]): Promise<void> {
    return new Promise((stored, failed) => {
      this.waiting.push({ organizationId, arrivals, stored, failed });
      if (this.waiting.length >= ENOUGH) return this.begin();
      // After the sockets that are readable now have been read: their webhooks ride along.
      if (this.flights === 0) this.coming ??= setImmediate(() => this.begin());
    });
  }

  private begin(): void {
    clearImmediate(this.coming);
    this.coming = undefined;
    if (this.flights < FLIGHTS) void this.fly();
  }

  /** One after the other, until nothing waits or what waits is little enough for the other flight. */
  private async fly(): Promise<void> {
    this.flights++;
    while (this.waiting.length >= (this.flights > 1 ? ENOUGH : 1)) {
      for (const [organizationId, batch] of byOrganization(this.next())) {
        await this.flush(systemContext(organizationId, 'messaging.webhook'), batch);
      }
    }
    this.flights--;
  }

  /** Whole webhooks up to the limit, and one at least. */
  private next(): Waiting[] {
    let rows = 0;
    const end = this.waiting.findIndex(({ arrivals }) => (rows += arrivals.length) > ROWS_PER_FLUSH);
    return this.waiting.splice(0, end < 0 ? this.waiting.length : Math.max(end, 1));
  }

  /** Never throws: every webhook of the batch hears what became of its own rows. */
  private async flush(ctx: Context, batch: readonly Waiting[]): Promise<void> {
    try {
      await this.write(
        ctx,
        batch.flatMap(({ arrivals }) => arrivals),
      );
      for (const { stored } of batch) stored();
    } catch (error) {
      if (isOutage(error)) return batch.forEach(({ failed }) => failed(error));
      this.log.warn('whatsapp.flush-failed', { organization_id: ctx.organizationId }, error);
      await this.flushApart(ctx, batch);
    }
  }

  /** Half by half, so that one bad row among hundreds costs some ten writes more and not hundreds. */
  private async flushApart(ctx: Context, batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 1) return this.flushAlone(ctx, batch[0]!);
    const middle = batch.length >> 1;
    await this.flush(ctx, batch.slice(0, middle));
    await this.flush(ctx, batch.slice(middle));
  }

  private async flushAlone(ctx: Context, { arrivals, stored, failed }: Waiting): Promise<void> {
    try {
      for (const arrival of arrivals) await this.writeAlone(ctx, arrival);
      stored();
    } catch (error) {
      failed(error);
    }
  }

  /**
   * A row that the database refuses is kept where nothing is asked of it, for a person to see: Meta would post it for
   * seven days and never better. Only when that fails too is the webhook refused, for what is not committed is not
   * acknowledged.
   */
  private async writeAlone(ctx: Context, arrival: Arrival): Promise<void> {
    try {
      await this.write(ctx, [arrival]);
    } catch (error) {
      if (!isOfTheRow(error)) throw error;
      this.log.error(
        'whatsapp.row-not-storable',
        { organization_id: ctx.organizationId, id: arrival.id },
        error,
      );
      await this.write(ctx, [asUnstorable(arrival)]).catch((again: unknown) => {
        throw isOutage(again) ? again : notStored(again);
      });
    }
  }

  /** A connection that was cut fails at once, and the same rows by another one are the same rows: their keys say so. */
  private async write(ctx: Context, arrivals: readonly Arrival[]): Promise<void> {
    const until = performance.now() + CUT_MS;
    for (;;) {
      try {
        return await this.writeOnce(ctx, arrivals);
      } catch (error) {
        if (!isOutage(error) || performance.now() > until) throw error;
      }
    }
  }

  private async writeOnce(ctx: Context, arrivals: readonly Arrival[]): Promise<void> {
    const write = { beganAt: performance.now() };
    this.writes.add(write);
    try {
      await this.insert(ctx, arrivals);
    } finally {
      this.writes.delete(write);
    }
  }

  private async insert(ctx: Context, arrivals: readonly Arrival[]): Promise<void> {
    const keys = await this.vault.keysFor(ctx, [ORGANIZATION]);
    const sealed = arrivals.map(({ id, text }) =>
      keys.seal(ORGANIZATION, placeOf('inbox', 'change_sealed', id), text),
    );
    const parked = arrivals.filter((arrival) => arrival.parked !== null);
    const { count } =
      parked.length === 0
        ? await this.inbox.add(ctx, arrivals, sealed)
        : await this.transactions.run(ctx, async (tx) => {
            const added = await this.inbox.add(tx, arrivals, sealed);
            await this.raise(
              tx,
              parked.filter(({ id }) => added.parked.includes(id)),
            );
            return added;
          });
    void this.loops.wake('messaging.inbox');
    failpoint('inbox.stored');
    this.metrics.changes.inc({ result: 'stored' }, count);
    this.metrics.changes.inc({ result: 'repeated' }, arrivals.length - count);
  }

  /** One work item per number that nobody has, and one per row that could not be stored. */
  private async raise(tx: TxContext, parked: readonly Arrival[]): Promise<void> {
    const items = new Map(parked.map(({ id, parked }) => [parked!.key, { id, ...parked! }]));
    // In one order, so that two flights never wait for each other.
    for (const { id, kind, reason, key } of [...items.values()].sort(byKey)) {
      await this.worklist.raise(tx, { kind, reason, key, subject: { kind: 'whatsapp-webhook', id } });
    }
  }
}

function byKey(one: { key: string }, other: { key: string }): number {
  return one.key < other.key ? -1 : 1;
}

function byOrganization(batch: readonly Waiting[]): Map<Uuid, Waiting[]> {
  const groups = new Map<Uuid, Waiting[]>();
  for (const waiting of batch) {
    const group = groups.get(waiting.organizationId);
    if (group) group.push(waiting);
    else groups.set(waiting.organizationId, [waiting]);
  }
  return groups;
}

/** SQLSTATE classes that speak of what was to be stored: data, constraints, limits of a value. */
function isOfTheRow(error: unknown): boolean {
  return error instanceof DatabaseFault && /^(22|23|54)/.test(error.sqlState);
}

/** Nothing is wrong with the rows: the same may succeed in a moment. */
function isOutage(error: unknown): boolean {
  return error instanceof Fault && error.kind === 'unavailable';
}

function notStored(cause: unknown): Fault {
  return new Fault(
    {
      code: 'webhook.not-stored',
      kind: 'unexpected',
      words: 'The webhook could not be stored. Give the request id to your administrator.',
      severity: 'error',
    },
    { cause },
  );
}
