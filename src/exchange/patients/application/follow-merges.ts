import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Patient as FhirPatient } from 'fhir/r4.js';
import { WorkItemResolved } from '../../../foundation/worklist/events.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Events } from '../../../platform/jobs/events.js';
import { Listeners } from '../../../platform/jobs/listeners.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { FhirFacade, type Merge } from '../../fhir/index.js';
import { AddressChanged, AliasChanged, ReplacementClaimed } from '../events.js';
import { AliasesRepository } from '../infrastructure/aliases.repository.js';
import { PatientsRepository } from '../infrastructure/patients.repository.js';
import { Directory } from './directory.js';
import { MERGED_KIND, NUMBERS_CONFIRMED } from './merge-items.js';
import { Merges } from './merges.js';
import { Replacements } from './replacements.js';

/** What follows from merges outside of the page that told of them. */
@Injectable()
export class FollowMerges implements OnModuleInit {
  constructor(
    private readonly transactions: Transactions,
    private readonly fhir: FhirFacade,
    private readonly aliases: AliasesRepository,
    private readonly merges: Merges,
    private readonly replacements: Replacements,
    private readonly patients: PatientsRepository,
    private readonly directory: Directory,
    private readonly worklist: WorklistFacade,
    private readonly listeners: Listeners,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.fhir.onMerge(async (tx, told) => {
      for (const connectionId of new Set(told.map((one) => one.connectionId))) {
        const said = told.filter((one) => one.connectionId === connectionId).map(saidBy);
        if (await this.merges.concern(tx, connectionId, said)) {
          await this.merges.follow(tx, connectionId, said);
        }
      }
    });
    this.fhir.registerSurvivor((ctx, id) => this.survivorOf(ctx, id));
    this.listeners.on(AliasChanged, 'patients.followSurvivor@1', (ctx, ids) =>
      this.followSurvivors(ctx, ids),
    );
    this.listeners.on(ReplacementClaimed, 'patients.followClaim@1', (ctx, ids) =>
      this.followClaims(ctx, ids),
    );
    this.listeners.on(WorkItemResolved, 'patients.confirmNumbers@1', (ctx, ids) => this.confirm(ctx, ids));
  }

  private async survivorOf(ctx: Context, id: Uuid): Promise<string | null> {
    const person = (await this.directory.personsOf(ctx, [id])).get(id);
    if (!person || person.survivorId === id) return null;
    const survivor = (await this.directory.getMany(ctx, [person.survivorId])).get(person.survivorId);
    return survivor ? `Patient/${survivor.fhirId}` : null;
  }

  /**
   * Reads who has not been read, and follows them as long as those whom they stand for. What is read comes here through
   * the sinks, and so does the next record of a chain. Throws while the EHR is away.
   */
  private async followSurvivors(ctx: Context, aliasIds: Uuid[]): Promise<void> {
    const aliases = await this.transactions.run(ctx, (tx) => this.aliases.byIds(tx, aliasIds));
    for (const { connectionId, merged } of aliases) {
      const standing = await this.transactions.run(ctx, (tx) =>
        this.merges.standing(tx, connectionId, merged),
      );
      if (!standing?.survivor) continue;
      const { state, survivor } = standing;
      if (state === 'waiting') await this.fhir.read(ctx, connectionId, `Patient/${survivor}`);
      await this.fhir.followAsLongAs(ctx, connectionId, survivor, merged);
    }
  }

  /** A claim is believed of a record that is no more; one that is still there speaks for itself when it is read. */
  private async followClaims(ctx: Context, patientIds: Uuid[]): Promise<void> {
    const claiming = await this.transactions.run(ctx, (tx) => this.patients.getMany(tx, patientIds));
    for (const { connectionId, fhirId } of claiming) {
      const read = await this.fhir.read(ctx, connectionId, `Patient/${fhirId}`);
      if (read.state !== 'current') continue;
      const claims = await this.transactions.run(ctx, (tx) =>
        this.replacements.claimsOf(tx, connectionId, read.row.resource as FhirPatient),
      );
      for (const claim of claims) await this.followClaim(ctx, connectionId, { fhirId: claim, into: fhirId });
    }
  }

  private async followClaim(
    ctx: Context,
    connectionId: Uuid,
    said: { fhirId: string; into: string },
  ): Promise<void> {
    const { state } = await this.fhir.read(ctx, connectionId, `Patient/${said.fhirId}`);
    if (state !== 'gone') return;
    await this.transactions.run(ctx, async (tx) => {
      await this.merges.concern(tx, connectionId, [said]);
      // Whoever was replaced by another before it went is not taken over by a claim.
      if (await this.merges.standing(tx, connectionId, said.fhirId)) return;
      await this.merges.follow(tx, connectionId, [said]);
    });
  }

  private async confirm(ctx: Context, workItemIds: Uuid[]): Promise<void> {
    await this.transactions.run(ctx, async (tx) => {
      const items = await this.worklist.getMany(tx, workItemIds);
      const confirmed = items.filter(
        ({ kind, resolution }) => kind === MERGED_KIND && resolution === NUMBERS_CONFIRMED,
      );
      for (const { subject } of confirmed) {
        const survivorId = await this.aliases.confirm(tx, subject.id);
        if (survivorId) await this.events.publish(tx, AddressChanged, [survivorId]);
      }
    });
  }
}

function saidBy({ fhirId, intoFhirId }: Merge): { fhirId: string; into: string } {
  return { fhirId, into: intoFhirId };
}
