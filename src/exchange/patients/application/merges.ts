import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { type Standing, standingsOf } from '../domain/merge.policy.js';
import { AliasChanged, PatientMerged, PatientUnmerged } from '../events.js';
import { AliasesRepository, type LiveAlias, type MergeRow } from '../infrastructure/aliases.repository.js';
import { ErasedRepository } from '../infrastructure/erased.repository.js';
import { MergeItems } from './merge-items.js';

/** What the EHR says of one record now: replaced by another, or (`into` null) by none. FHIR ids. */
export interface Said {
  fhirId: string;
  into: string | null;
}

/** All that hangs together, and who stands for whom in it. */
interface Family {
  aliases: LiveAlias[];
  rows: Map<string, MergeRow>;
  standings: Map<string, Standing>;
}

/** Keeps who stands for whom. Nothing of a record is rewritten, so that parting them restores what was. */
@Injectable()
export class Merges {
  constructor(
    private readonly aliases: AliasesRepository,
    private readonly erased: ErasedRepository,
    private readonly items: MergeItems,
    private readonly audit: AuditFacade,
    private readonly events: Events,
  ) {}

  /**
   * Whether any of this is about a merge. If so it locks what is merged of this connection: call it before the first
   * patient of the transaction is touched.
   */
  async concern(ctx: TxContext, connectionId: Uuid, said: readonly Said[]): Promise<boolean> {
    const ids = said.map(({ fhirId }) => fhirId);
    const concerned =
      said.some(({ into }) => into !== null) ||
      (await this.aliases.touching(ctx, connectionId, ids)).length > 0;
    if (concerned) await this.aliases.lock(ctx, connectionId);
    return concerned;
  }

  /** Takes in what the EHR says, under the lock. Publishes PatientMerged, PatientUnmerged, AliasChanged. */
  async follow(ctx: TxContext, connectionId: Uuid, said: readonly Said[]): Promise<void> {
    const former = await this.familyOf(ctx, connectionId, said);
    await this.note(ctx, connectionId, said, former.aliases);
    // Once more: who was parted is no family any more, and who was joined is a larger one.
    const ids = [...former.rows.keys(), ...said.flatMap(({ fhirId, into }) => into ?? fhirId)];
    const family = await this.familyOf(
      ctx,
      connectionId,
      ids.map((fhirId) => ({ fhirId, into: null })),
    );
    await this.stand(ctx, family);
    await this.tellOfFaults(ctx, former, family);
  }

  /** Who stands for a record by what the EHR says, whether or not they have been read; null when it was not replaced. */
  async standing(ctx: TxContext, connectionId: Uuid, fhirId: string): Promise<Standing | null> {
    const family = await this.familyOf(ctx, connectionId, [{ fhirId, into: null }]);
    return family.standings.get(fhirId) ?? null;
  }

  /** FHIR ids of all that hangs together with this record by what the EHR says, itself among them. */
  async records(ctx: TxContext, connectionId: Uuid, fhirId: string): Promise<string[]> {
    const { aliases } = await this.familyOf(ctx, connectionId, [{ fhirId, into: null }]);
    return [...new Set([fhirId, ...aliases.flatMap(({ merged, survivor }) => [merged, survivor])])];
  }

  private async familyOf(ctx: TxContext, connectionId: Uuid, said: readonly Said[]): Promise<Family> {
    const found = new Map<Uuid, LiveAlias>();
    const met = new Set<string>();
    let next = [...new Set(said.flatMap(({ fhirId, into }) => (into === null ? fhirId : [fhirId, into])))];
    while (next.length > 0) {
      for (const id of next) met.add(id);
      const touching = await this.aliases.touching(ctx, connectionId, next);
      for (const alias of touching) found.set(alias.id, alias);
      const ends = touching.flatMap(({ merged, survivor }) => [merged, survivor]);
      next = [...new Set(ends)].filter((id) => !met.has(id));
    }
    const rows = await this.aliases.rows(ctx, connectionId, [...met]);
    const byFhirId = new Map(rows.map((row) => [row.fhirId, row]));
    const aliases = [...found.values()];
    const standings = standingsOf(aliases, (fhirId) => byFhirId.has(fhirId));
    return { aliases, rows: byFhirId, standings };
  }

  private async note(
    ctx: TxContext,
    connectionId: Uuid,
    said: readonly Said[],
    known: readonly LiveAlias[],
  ): Promise<void> {
    const before = new Map(known.map((alias) => [alias.merged, alias]));
    const news = said.filter(({ fhirId, into }) => (before.get(fhirId)?.survivor ?? null) !== into);
    const over = news.flatMap(({ fhirId }) => before.get(fhirId)?.id ?? []);
    const fresh = news.flatMap(({ fhirId, into }) => (into ? { merged: fhirId, survivor: into } : []));
    if (over.length > 0) await this.aliases.end(ctx, over);
    if (fresh.length > 0) await this.aliases.add(ctx, connectionId, fresh);
  }

  private async stand(ctx: TxContext, { aliases, rows, standings }: Family): Promise<void> {
    const moved = aliases.flatMap(({ id, merged, state }) => {
      const now = standings.get(merged)!.state;
      // One that waits is new, or waits for another than before.
      return now === state && now !== 'waiting' ? [] : [{ id, state: now }];
    });
    if (moved.length > 0) await this.aliases.stand(ctx, moved);
    const changed = [...rows.values()].flatMap(({ id, fhirId, survivorId: before }) => {
      const survivorId = rows.get(standings.get(fhirId)?.survivor ?? '')?.id ?? null;
      return survivorId === before ? [] : [{ id, survivorId, before }];
    });
    if (changed.length > 0) await this.aliases.setSurvivors(ctx, changed);
    await this.tell(ctx, changed);
    await this.events.publish(
      ctx,
      AliasChanged,
      moved.map(({ id }) => id),
    );
  }

  private async tell(
    ctx: TxContext,
    changed: readonly { id: Uuid; survivorId: Uuid | null }[],
  ): Promise<void> {
    const merged = changed.flatMap(({ id, survivorId }) => (survivorId ? [{ id, survivorId }] : []));
    const parted = changed.flatMap(({ id, survivorId }) => (survivorId ? [] : id));
    await this.ask(ctx, merged);
    await this.items.parted(ctx, parted);
    for (const { id, survivorId } of changed) {
      await this.audit.record(ctx, {
        type: survivorId ? 'patient.merged' : 'patient.unmerged',
        action: 'U',
        entity: { kind: 'patient', id },
        patientId: id,
        ...(survivorId && { detail: { into: survivorId } }),
      });
    }
    await this.events.publish(
      ctx,
      PatientMerged,
      merged.map(({ id }) => id),
    );
    await this.events.publish(ctx, PatientUnmerged, parted);
  }

  private async ask(ctx: TxContext, merged: readonly { id: Uuid; survivorId: Uuid }[]): Promise<void> {
    const ids = merged.map(({ id }) => id);
    const lost = await this.erased.mergedInto(ctx, ids);
    await this.items.intoErased(ctx, lost);
    const living = merged.filter(({ id }) => !lost.includes(id));
    await this.items.underLiving(
      ctx,
      living.map(({ id }) => id),
    );
    const differing = await this.aliases.withOtherNumbers(
      ctx,
      living.map(({ id }) => id),
    );
    for (const { id: mergedId, survivorId } of living) {
      if (differing.has(mergedId))
        await this.items.doubt(ctx, { mergedId, survivorId, reason: 'other-number' });
    }
  }

  /** One item for what hangs together, under its smallest id, whichever record came first. */
  private async tellOfFaults(ctx: TxContext, former: Family, { rows, standings }: Family): Promise<void> {
    const broken = [...standings].filter(([, { survivor }]) => survivor === null);
    const known = broken.flatMap(([fhirId, { state }]) => {
      const row = rows.get(fhirId);
      return row ? [{ id: row.id, state: state as 'loop' | 'too-long' }] : [];
    });
    const first = known.sort((a, b) => (a.id < b.id ? -1 : 1))[0];
    if (first) await this.items.broken(ctx, first.state, first.id);
    const were = former.aliases.filter(({ state }) => state === 'loop' || state === 'too-long');
    const mended = were.flatMap(({ merged }) => former.rows.get(merged)?.id ?? []);
    await this.items.mended(
      ctx,
      mended.filter((id) => id !== first?.id),
    );
  }
}
