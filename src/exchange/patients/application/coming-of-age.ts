import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OrganizationChanged } from '../../../foundation/organizations/events.js';
import { type Organization, OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { VaultFacade } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Listeners } from '../../../platform/jobs/listeners.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { ageStageOf, type Ages } from '../domain/person.policy.js';
import { type LocalDay, localDayOf } from '../infrastructure/local-day.js';
import { type AgeColumns, type DueAge, PatientsRepository } from '../infrastructure/patients.repository.js';
import { birthDatePlace, subjectOf } from './directory.js';
import { unlessErased } from './erased.js';
import { ProxyItems } from './proxy-items.js';

const EVERY_MS = 60_000;
const BATCH = 200;

/** Looks, after each midnight of the hospital, how old its minors count as from now on. */
@Injectable()
export class ComingOfAge implements OnModuleInit {
  constructor(
    private readonly transactions: Transactions,
    private readonly patients: PatientsRepository,
    private readonly organizations: OrganizationsFacade,
    private readonly vault: VaultFacade,
    private readonly items: ProxyItems,
    private readonly loops: Loops,
    private readonly listeners: Listeners,
  ) {}

  onModuleInit(): void {
    this.loops.register({ name: 'patients.majority', everyMs: EVERY_MS, claim: (ctx) => this.claim(ctx) });
    this.listeners.on(OrganizationChanged, 'patients.lookAtAges@1', (ctx) =>
      this.transactions.run(ctx, (tx) => this.patients.lookAtAllAges(tx)),
    );
  }

  private claim(ctx: Context): Promise<number> {
    return this.transactions.run(ctx, async (tx) => {
      const due = await this.patients.dueAges(tx, BATCH);
      if (due.length === 0) return 0;
      const organization = await this.organizations.current(tx);
      const day = await localDayOf(tx, organization.timeZone);
      for (const person of due) await this.look(tx, person, { organization, day });
      return due.length;
    });
  }

  private async look(
    ctx: TxContext,
    { id, birthDateSealed, byProxy }: DueAge,
    { organization, day }: { organization: Organization; day: LocalDay },
  ): Promise<void> {
    const birthDate =
      birthDateSealed &&
      (await unlessErased(() =>
        this.vault.openText(ctx, subjectOf(id), birthDatePlace(id), birthDateSealed),
      ));
    const age = ageColumns(birthDate, day, organization);
    await this.patients.setAge(ctx, id, age);
    if (byProxy && !age.byProxy) await this.items.endFor(ctx, id);
  }
}

/** How old somebody counts as today, and whether that changes with the next midnight. */
export function ageColumns(birthDate: string | null, day: LocalDay, ages: Ages): AgeColumns {
  const today = ageStageOf(birthDate, day.today, ages);
  const tomorrow = ageStageOf(birthDate, day.tomorrow, ages);
  return { ...today, byProxyNext: tomorrow.byProxy, majorityCheckAt: today.minor ? day.nextMidnight : null };
}
