import { Injectable, type OnModuleInit } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { Log } from '../../../platform/logging/log.js';
import { FhirFacade } from '../../fhir/index.js';
import { faultOf } from '../domain/guardian.policy.js';
import { type KnownProxy, ProxiesRepository, type Ward } from '../infrastructure/proxies.repository.js';
import { ProxyItems } from './proxy-items.js';
import { VisitsAhead } from './visits-ahead.js';

const EVERY_MS = 5_000;
/** One search each at the EHR's budget. */
const BATCH = 10;
/** Before each reminder the EHR is asked anyway: this keeps what staff see from growing old. */
const AGAIN_AFTER_HOURS = 24;

/** Who speaks for patients who may be minors: asked of the EHR, RelatedPerson by RelatedPerson. */
@Injectable()
export class Guardians implements OnModuleInit {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: ProxiesRepository,
    private readonly fhir: FhirFacade,
    private readonly visits: VisitsAhead,
    private readonly items: ProxyItems,
    private readonly loops: Loops,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.loops.register({ name: 'patients.proxies', everyMs: EVERY_MS, claim: (ctx) => this.claim(ctx) });
  }

  /** Asks the EHR now for those of these patients for whom a guardian speaks. Throws `fhir.unavailable`. Outside any transaction. */
  async refresh(ctx: Context, patientIds: readonly Uuid[]): Promise<void> {
    const wards = await this.transactions.run(ctx, (tx) => this.repository.wards(tx, patientIds));
    for (const ward of wards) await this.ask(ctx, ward);
  }

  of(ctx: Context, patientId: Uuid): Promise<{ reference: string; addressIds: Uuid[] }[]> {
    return this.transactions.run(ctx, async (tx) => {
      const now = await nowIn(tx);
      const proxies = await this.repository.of(tx, [patientId]);
      return proxies
        .filter((proxy) => faultOf(proxy, now) === null)
        .map(({ fhirId, addressIds }) => ({ reference: `RelatedPerson/${fhirId}`, addressIds }));
    });
  }

  miss(ctx: Context, patientId: Uuid): Promise<string | null> {
    return this.transactions.run(ctx, (tx) => this.items.raiseFor(tx, patientId));
  }

  makeDue(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    return this.repository.makeDue(ctx, patientIds);
  }

  private async claim(ctx: Context): Promise<number> {
    const { due, wanted } = await this.transactions.run(ctx, async (tx) => {
      const taken = await this.repository.takeDue(tx, BATCH, AGAIN_AFTER_HOURS);
      const ahead = await this.visits.among(
        tx,
        taken.map(({ id }) => id),
      );
      return { due: taken.length, wanted: await this.repository.wards(tx, [...ahead]) };
    });
    for (const ward of wanted) await this.look(ctx, ward);
    return due;
  }

  /** An EHR that is away is asked again before the reminder goes. */
  private async look(ctx: Context, ward: Ward): Promise<void> {
    try {
      await this.ask(ctx, ward);
      await this.transactions.run(ctx, (tx) => this.items.raiseFor(tx, ward.id));
    } catch (error) {
      this.log.warn('patients.proxies-unread', { organization_id: ctx.organizationId, id: ward.id }, error);
    }
  }

  /** What the search does not show any more is read by its id: absent is not gone. */
  private async ask(ctx: Context, ward: Ward): Promise<void> {
    const { connectionId } = ward;
    const own = await this.fhir.restrictedAmong(ctx, connectionId, [`Patient/${ward.fhirId}`]);
    if (own.size > 0) return;
    const shown = await this.search(ctx, ward);
    for (const { active, fhirId } of await this.known(ctx, ward)) {
      if (active && !shown.includes(fhirId))
        await this.fhir.read(ctx, connectionId, `RelatedPerson/${fhirId}`);
    }
    await this.leaveRestricted(ctx, ward);
  }

  /** Whom the EHR keeps behind break-the-glass is written to no more. Once it shows the row again, that is news. */
  private async leaveRestricted(ctx: Context, ward: Ward): Promise<void> {
    const known = await this.known(ctx, ward);
    const references = known.map(({ fhirId }) => `RelatedPerson/${fhirId}`);
    const restricted = await this.fhir.restrictedAmong(ctx, ward.connectionId, references);
    const left = known.filter(({ fhirId }) => restricted.has(`RelatedPerson/${fhirId}`)).map(({ id }) => id);
    if (left.length > 0) await this.transactions.run(ctx, (tx) => this.repository.deactivate(tx, left));
  }

  /** An EHR without RelatedPerson names nobody; one that showed somebody before must be able to take that back. */
  private async search(ctx: Context, ward: Ward): Promise<string[]> {
    const { connectionId, fhirId } = ward;
    try {
      return await this.fhir.bring(ctx, connectionId, 'RelatedPerson', { patient: `Patient/${fhirId}` });
    } catch (error) {
      const isRefused = error instanceof Fault && !error.retryable;
      if (!isRefused || (await this.known(ctx, ward)).length > 0) throw error;
      return [];
    }
  }

  private known(ctx: Context, { id }: Ward): Promise<KnownProxy[]> {
    return this.transactions.run(ctx, (tx) => this.repository.of(tx, [id]));
  }
}
