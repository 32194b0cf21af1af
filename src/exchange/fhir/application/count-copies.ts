import { Injectable } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
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
import { ExtraCopies } from './extra-copies.js';
import { gather, type Where } from './find-copies.js';
import { Probe } from './probe.js';
import { soughtRow } from './sought-row.js';

/** A copy that came late, from a queue or a restored system, comes within days. */
const DAYS = 7;

/** In the EHR and not withdrawn, ours to keep first; by row. */
type Living = Map<WriteEntity, WrittenResource[]>;

/** Once a night: no Communication of ours may be in the EHR twice. */
@Injectable()
export class CountCopies {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly syncs: SyncRepository,
    private readonly writes: WritesRepository,
    private readonly organizations: OrganizationsFacade,
    private readonly extras: ExtraCopies,
    private readonly log: Log,
  ) {}

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
    for (const [row, living] of await this.count(where, rows, now)) {
      const kept = living.find(({ id }) => id === row.fhirId) ?? living[0];
      const ids = living.filter((copy) => copy !== kept).map(({ id }) => id!);
      await this.extras.withdraw(ctx, where, { row, ids });
    }
  }

  private async count(where: Where, rows: WriteEntity[], now: Date): Promise<Living> {
    const sought = new Map(rows.map((row) => [soughtRow(row, now), row]));
    const ways = [where.capabilities.communicationSearch, 'patient'] as const;
    const living: Living = new Map();
    const add = (group: readonly Sought[], shown: Parameters<typeof oursAmong>[0]) => {
      for (const one of group) addTo(living, sought.get(one)!, livingOf(shown, one));
    };
    for (const group of groupsFor(ways[0], [...sought.keys()])) {
      const shown = await this.shown(where, group);
      // An EHR may list the identifier and take it only beside a patient (Epic).
      const others = shown === null && ways[0] === 'identifier' ? groupsFor(ways[1], group.sought) : [];
      add(group.sought, shown ?? []);
      for (const other of others) add(other.sought, (await this.shown(where, other)) ?? []);
    }
    return living;
  }

  private shown(where: Where, { forms, sought }: ReturnType<typeof groupsFor>[number]) {
    const subjects = new Set(sought.flatMap((one) => one.subjects));
    return gather(where, forms, { type: 'Communication', subjects }).catch(restrictedIsNone);
  }
}

/** Behind break-the-glass: whoever may look must do it. The others' copies are counted. */
function restrictedIsNone(error: unknown): null {
  if (error instanceof FhirFault && error.code === 'fhir.restricted') return null;
  throw error;
}

function livingOf(shown: Parameters<typeof oursAmong>[0], { identifier }: Sought): WrittenResource[] {
  return oursAmong(shown, 'Communication', identifier).filter((copy) => !isWithdrawn(copy));
}

/** One may be looked for under several patients, and shown under each. */
function addTo(living: Living, row: WriteEntity, copies: readonly WrittenResource[]): void {
  const known = living.get(row) ?? [];
  const news = copies.filter(({ id }) => !known.some((one) => one.id === id));
  living.set(row, [...known, ...news]);
}
