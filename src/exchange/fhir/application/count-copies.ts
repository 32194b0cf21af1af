import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4.js';
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
import { readState } from './live-read.js';
import { OffLimits } from './off-limits.js';
import { Probe } from './probe.js';
import { soughtRow } from './sought-row.js';

/** A copy that came late, from a queue or a restored system, comes within days. */
const DAYS = 7;

/** In the EHR and not withdrawn; by row, without those that no search could show. */
type Living = Map<WriteEntity, WrittenResource[]>;
type Group = ReturnType<typeof groupsFor>[number];

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
    private readonly offLimits: OffLimits,
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
      rows: await this.writes.lately(tx, connectionId, DAYS),
      now: await nowIn(tx),
    }));
    if (rows.length === 0) return;
    const capabilities = await this.probe.capabilities(ctx, connectionId);
    const where = { connected: await this.clients.of(ctx, connectionId), capabilities };
    const living = await this.count(ctx, where, { rows, now });
    for (const row of rows) {
      const copies = living.get(row);
      if (!copies && row.spoiltIds.length === 0) continue;
      await this.extras.withdraw(ctx, where, { row, ids: await tooMany(where, row, copies ?? []) });
    }
  }

  private async count(
    ctx: Context,
    where: Where,
    { rows, now }: { rows: WriteEntity[]; now: Date },
  ): Promise<Living> {
    const sought = new Map(rows.map((row) => [soughtRow(row, now), row]));
    const ways = [where.capabilities.communicationSearch, 'patient'] as const;
    const living: Living = new Map();
    const add = (group: readonly Sought[], shown: readonly FhirResource[] | null) => {
      if (shown === null) return;
      for (const one of group) addTo(living, sought.get(one)!, livingOf(shown, one));
    };
    for (const group of groupsFor(ways[0], [...sought.keys()])) {
      const shown = await this.shown(ctx, where, group);
      // An EHR may list the identifier and take it only beside a patient (Epic).
      const others = shown === null && ways[0] === 'identifier' ? groupsFor(ways[1], group.sought) : [];
      add(group.sought, shown);
      for (const other of others) add(other.sought, await this.shown(ctx, where, other));
    }
    return living;
  }

  /** Behind break-the-glass: whoever may look must do it. The others' copies are counted. */
  private async shown(ctx: Context, where: Where, { forms, sought }: Group): Promise<FhirResource[] | null> {
    const subjects = new Set(sought.flatMap((one) => one.subjects));
    try {
      return await gather(where, forms, { type: 'Communication', subjects });
    } catch (error) {
      if (!(error instanceof FhirFault) || error.code !== 'fhir.restricted') throw error;
      // Of several patients nothing tells whose record it is.
      const patient = forms[0]?.['patient'];
      if (typeof patient === 'string') await this.offLimits.note(ctx, where.connected.connection.id, patient);
      return null;
    }
  }
}

/** All but the one to keep. What is spoilt is never that one, and may lie where no search of ours looks. */
async function tooMany(
  where: Where,
  { fhirId, spoiltIds }: WriteEntity,
  living: readonly WrittenResource[],
): Promise<string[]> {
  const sound = living.filter(({ id }) => !spoiltIds.includes(id!));
  const kept = sound.find(({ id }) => id === fhirId) ?? sound[0];
  const ids = living.filter((copy) => copy !== kept).map(({ id }) => id!);
  for (const id of spoiltIds) if (!ids.includes(id) && (await isLiving(where, id))) ids.push(id);
  return ids;
}

/** Also one that is kept from us: it may well be. */
async function isLiving({ connected }: Where, id: string): Promise<boolean> {
  const found = await readState(connected.client, { type: 'Communication', id });
  return found.state === 'current' ? !isWithdrawn(found.resource) : found.state !== 'gone';
}

function livingOf(shown: readonly FhirResource[], { identifier }: Sought): WrittenResource[] {
  return oursAmong(shown, 'Communication', identifier).filter((copy) => !isWithdrawn(copy));
}

/** One may be looked for under several patients, and shown under each. */
function addTo(living: Living, row: WriteEntity, copies: readonly WrittenResource[]): void {
  const known = living.get(row) ?? [];
  const news = copies.filter(({ id }) => !known.some((one) => one.id === id));
  living.set(row, [...known, ...news]);
}
