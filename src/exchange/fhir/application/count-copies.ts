import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Metrics } from '../../../platform/health/metrics.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { groupsFor, type Sought } from '../domain/lookup.js';
import { nightOf } from '../domain/night.js';
import type { WrittenResource } from '../domain/writes.js';
import { isWithdrawn, oursAmong } from '../domain/written-match.js';
import { Clients } from '../infrastructure/clients.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import { SyncRepository } from '../infrastructure/sync.repository.js';
import type { WriteEntity } from '../infrastructure/write.entity.js';
import { WritesRepository } from '../infrastructure/writes.repository.js';
import { enterInError } from './entered-in-error.js';
import { gather, type Where } from './find-copies.js';
import { Probe } from './probe.js';
import { soughtRow } from './sought-row.js';

/** A copy that came late, from a queue or a restored system, comes within days. */
const DAYS = 7;

interface Copies {
  row: WriteEntity;
  /** In the EHR and not withdrawn, ours to keep first. */
  living: WrittenResource[];
}

/** Once a night: no Communication of ours may be in the EHR twice. */
@Injectable()
export class CountCopies {
  private readonly found: Counter;

  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly syncs: SyncRepository,
    private readonly writes: WritesRepository,
    private readonly organizations: OrganizationsFacade,
    private readonly worklist: WorklistFacade,
    private readonly audit: AuditFacade,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.found = metrics.counter('fhir_extra_copies', 'Copies too many of what we wrote', ['result']);
  }

  /** The loop's work: connections that were not counted this night. */
  async claim(ctx: Context): Promise<number> {
    const { timeZone } = await this.organizations.current(ctx);
    const connectionId = await this.transactions.run(ctx, async (tx) =>
      this.syncs.takeCount(tx, nightOf(await nowIn(tx), timeZone)),
    );
    if (!connectionId) return 0;
    try {
      await this.run(ctx, connectionId);
    } catch (error) {
      if (!(error instanceof FhirFault)) throw error;
      const fields = { organization_id: ctx.organizationId, id: connectionId, code: error.code };
      this.log.warn('fhir.copies-not-counted', fields);
      await this.transactions.run(ctx, (tx) => this.syncs.countAgain(tx, connectionId));
      return 0;
    }
    return 1;
  }

  /** Repeating it changes nothing more. Throws `fhir.unavailable` and the like. */
  async run(ctx: Context, connectionId: Uuid): Promise<void> {
    const { rows, now } = await this.transactions.run(ctx, async (tx) => ({
      rows: await this.writes.sentLately(tx, connectionId, DAYS),
      now: await nowIn(tx),
    }));
    if (rows.length === 0) return;
    const capabilities = await this.probe.capabilities(ctx, connectionId);
    const where = { connected: await this.clients.of(ctx, connectionId), capabilities };
    for (const copies of await this.count(where, rows, now)) await this.follow(ctx, where, copies);
  }

  private async count(where: Where, rows: WriteEntity[], now: Date): Promise<Copies[]> {
    const sought = new Map(rows.map((row) => [soughtRow(row, now), row]));
    const ways = [where.capabilities.communicationSearch, 'patient'] as const;
    const counted: Copies[] = [];
    for (const group of groupsFor(ways[0], [...sought.keys()])) {
      const shown = await this.shown(where, group);
      // An EHR may list the identifier and take it only beside a patient (Epic).
      const others = shown === null && ways[0] === 'identifier' ? groupsFor(ways[1], group.sought) : [];
      counted.push(...livingOf(shown ?? [], group.sought, sought));
      for (const other of others) {
        counted.push(...livingOf((await this.shown(where, other)) ?? [], other.sought, sought));
      }
    }
    return counted;
  }

  private shown(where: Where, { queries, sought }: ReturnType<typeof groupsFor>[number]) {
    const subjects = new Set(sought.flatMap(({ subject }) => (subject === null ? [] : [subject])));
    return gather(where, queries, { type: 'Communication', subjects });
  }

  private async follow(ctx: Context, where: Where, { row, living }: Copies): Promise<void> {
    const kept = living.find(({ id }) => id === row.fhirId) ?? living[0];
    const extra = living.filter((copy) => copy !== kept);
    let left = 0;
    for (const copy of extra) if (!(await enterInError(where, copy.id!))) left++;
    // Those that stay were told of before.
    if (extra.length === left && left <= row.extra)
      return left < row.extra ? this.note(ctx, row, left) : undefined;
    await this.alarm(ctx, row, { left, marked: extra.length - left });
  }

  private async alarm(ctx: Context, row: WriteEntity, { left, marked }: { left: number; marked: number }) {
    this.found.inc({ result: 'withdrawn' }, marked);
    this.found.inc({ result: 'left' }, left);
    await this.transactions.run(ctx, async (tx) => {
      await this.writes.setExtra(tx, row.id, left);
      await this.worklist.raise(tx, {
        kind: 'ehr-copies',
        reason: left > 0 ? 'ehr-cannot-withdraw' : 'withdrawn',
        key: `ehr-copies:${row.id}`,
        subject: { kind: 'ehr-connection', id: row.connectionId },
        detail: { withdrawn: marked, left },
      });
      await this.audit.record(tx, {
        type: 'ehr-write.copies-found',
        action: 'U',
        entity: { kind: 'ehr-write', id: row.id },
        detail: { withdrawn: marked, left },
      });
    });
  }

  /** The hospital withdrew some itself. */
  private note(ctx: Context, row: WriteEntity, left: number): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      await this.writes.setExtra(tx, row.id, left);
      if (left === 0) await this.worklist.resolve(tx, `ehr-copies:${row.id}`, 'withdrawn');
    });
  }
}

function livingOf(
  shown: Parameters<typeof oursAmong>[0],
  group: readonly Sought[],
  rows: ReadonlyMap<Sought, WriteEntity>,
): Copies[] {
  return group.map((one) => ({
    row: rows.get(one)!,
    living: oursAmong(shown, 'Communication', one.identifier).filter((copy) => !isWithdrawn(copy)),
  }));
}
