import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { VaultFacade } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { mayBeMinor } from '../domain/person.policy.js';
import { type LocalDay, localDayOf } from '../infrastructure/local-day.js';
import { PatientsRepository } from '../infrastructure/patients.repository.js';
import { birthDatePlace, subjectOf } from './directory.js';
import { unlessErased } from './erased.js';

const EVERY_MS = 60_000;
const BATCH = 200;

/** Looks, after each midnight of the hospital, whether a minor has come of age. */
@Injectable()
export class Majority implements OnModuleInit {
  constructor(
    private readonly transactions: Transactions,
    private readonly patients: PatientsRepository,
    private readonly organizations: OrganizationsFacade,
    private readonly vault: VaultFacade,
    private readonly loops: Loops,
  ) {}

  onModuleInit(): void {
    this.loops.register({ name: 'patients.majority', everyMs: EVERY_MS, claim: (ctx) => this.claim(ctx) });
  }

  private claim(ctx: Context): Promise<number> {
    return this.transactions.run(ctx, async (tx) => {
      const due = await this.patients.dueMinors(tx, BATCH);
      if (due.length === 0) return 0;
      const day = await localDayOf(tx, (await this.organizations.current(tx)).timeZone);
      for (const minor of due) await this.look(tx, minor, day);
      return due.length;
    });
  }

  private async look(
    ctx: TxContext,
    { id, birthDateSealed }: { id: Uuid; birthDateSealed: Buffer | null },
    day: LocalDay,
  ): Promise<void> {
    const birthDate =
      birthDateSealed &&
      (await unlessErased(() =>
        this.vault.openText(ctx, subjectOf(id), birthDatePlace(id), birthDateSealed),
      ));
    await this.patients.setMajority(ctx, id, mayBeMinor(birthDate, day.today) ? day.nextMidnight : null);
  }
}
