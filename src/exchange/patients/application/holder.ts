import { Injectable, type OnModuleInit } from '@nestjs/common';
import { idsOf, PrivacyFacade, type Erased, type ErasureSubject } from '../../../foundation/privacy/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { fenceKey, type FenceKey } from '../../../platform/database/fence.js';
import { Fault } from '../../../platform/errors/fault.js';
import { AliasesRepository } from '../infrastructure/aliases.repository.js';
import { CareTeamsRepository } from '../infrastructure/care-teams.repository.js';
import { ErasedRepository } from '../infrastructure/erased.repository.js';
import { MergeItems } from './merge-items.js';

/** Who somebody is, and where they can be reached. The record's number stays, so that the EHR cannot bring them back. */
@Injectable()
export class PatientsHolder implements OnModuleInit {
  constructor(
    private readonly privacy: PrivacyFacade,
    private readonly aliases: AliasesRepository,
    private readonly repository: ErasedRepository,
    private readonly careTeams: CareTeamsRepository,
    private readonly items: MergeItems,
  ) {}

  onModuleInit(): void {
    this.privacy.registerHolder({
      name: 'patients',
      alsoMeant: (ctx, subject) => this.alsoMeant(ctx, subject),
      fences: (ctx, subjects) => this.fences(ctx, subjects),
      stop: (ctx, subjects) => this.stop(ctx, subjects),
      erase: (ctx, subjects) => this.erase(ctx, subjects),
    });
  }

  private async alsoMeant(ctx: TxContext, { kind, id }: ErasureSubject): Promise<ErasureSubject[]> {
    const person = kind === 'patient' ? (await this.aliases.persons(ctx, [id])).get(id) : undefined;
    if (!person) return [];
    // What the EHR has merged into somebody erased is asked for one by one.
    if ((await this.repository.among(ctx, [person.survivorId])).size > 0) return [];
    return [person.survivorId, ...person.merged.map((one) => one.id)].map((one) => ({
      kind: 'patient',
      id: one,
    }));
  }

  private async fences(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<FenceKey[]> {
    const addresses = await this.repository.addressesOf(ctx, idsOf(subjects, 'patient'));
    return [...addresses, ...idsOf(subjects, 'contact')].map((id) =>
      fenceKey(ctx.organizationId, 'address', id),
    );
  }

  private async stop(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<void> {
    if ((await this.repository.shared(ctx, idsOf(subjects, 'contact'))).length > 0) throw contactShared();
    const patients = idsOf(subjects, 'patient');
    await this.repository.mark(ctx, patients);
    await this.items.erased(ctx, patients);
  }

  private async erase(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<Erased> {
    const patients = idsOf(subjects, 'patient');
    const addresses = await this.repository.addressesOf(ctx, patients);
    await this.repository.empty(ctx, patients);
    await this.repository.unlink(ctx, patients);
    await this.careTeams.remove(ctx, patients);
    const candidates = [...new Set([...addresses, ...idsOf(subjects, 'contact')])];
    const shared = new Set(await this.repository.shared(ctx, candidates));
    const contacts = candidates.filter((id) => !shared.has(id));
    await this.repository.removeAddresses(ctx, contacts);
    return { counts: { records: patients.length, addresses: contacts.length }, contacts };
  }
}

function contactShared(): Fault {
  return new Fault({
    code: 'privacy.contact-shared',
    kind: 'conflict',
    words: 'This number is in the record of a patient. Erase the patient instead.',
  });
}
