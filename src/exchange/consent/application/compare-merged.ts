import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Listeners } from '../../../platform/jobs/listeners.js';
import { PatientMerged } from '../../patients/events.js';
import { PatientsFacade } from '../../patients/index.js';
import { permissionsOf } from '../domain/merged.policy.js';
import { ConsentRepository } from '../infrastructure/consent.repository.js';

/** Asks staff about merged records that agreed to different things: until then the stricter of both holds. Who was erased agreed to nothing. */
@Injectable()
export class CompareMerged implements OnModuleInit {
  constructor(
    private readonly transactions: Transactions,
    private readonly patients: PatientsFacade,
    private readonly consents: ConsentRepository,
    private readonly listeners: Listeners,
  ) {}

  onModuleInit(): void {
    this.listeners.on(PatientMerged, 'consent.compareMerged@1', (ctx, ids) => this.run(ctx, ids));
  }

  private run(ctx: Context, mergedIds: Uuid[]): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const persons = await this.patients.personsOf(tx, mergedIds);
      const survivors = [...persons.values()].map(({ survivorId }) => survivorId);
      const known = await this.patients.getMany(tx, survivors);
      for (const [mergedId, { survivorId }] of persons)
        if (known.has(survivorId)) await this.compare(tx, mergedId, survivorId);
    });
  }

  private async compare(tx: TxContext, mergedId: Uuid, survivorId: Uuid): Promise<void> {
    const all = await this.consents.ofPatients(tx, [mergedId, survivorId]);
    const [mergeds, survivors] = [mergedId, survivorId].map((id) =>
      permissionsOf(all.filter(({ patientId }) => patientId === id)),
    );
    if (mergeds === survivors) return;
    await this.patients.doubtMerge(tx, { mergedId, survivorId, reason: 'other-consents' });
  }
}
