import { Injectable } from '@nestjs/common';
import { FhirFacade } from '../../../exchange/fhir/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { Log } from '../../../platform/logging/log.js';
import type { Way } from '../domain/whereabouts.policy.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { type Led, type Step, stepOf } from '../infrastructure/way.fhir-mapper.js';
import { type WayKey, WaysRepository } from '../infrastructure/ways.repository.js';
import { each } from './each.js';
import { PLAN_LOOP } from './loop-names.js';
import { MeetPlaces } from './meet-places.js';

const BATCH = 20;
const WIDTH = 4;

/** Follows services, roles and slots that visits name to their places, once and then once a day. */
@Injectable()
export class WaysLoop {
  constructor(
    private readonly transactions: Transactions,
    private readonly ways: WaysRepository,
    private readonly places: MeetPlaces,
    private readonly appointments: AppointmentsRepository,
    private readonly fhir: FhirFacade,
    private readonly loops: Loops,
    private readonly log: Log,
  ) {}

  async claim(ctx: Context): Promise<number> {
    const due = await this.transactions.run(ctx, async (tx) => {
      const claimed = await this.ways.claimDue(tx, BATCH);
      const again = claimed.filter((key) => key.again);
      return [...claimed.filter((key) => !key.again), ...(await this.ways.stillNeeded(tx, again))];
    });
    await each(due, WIDTH, (key) => this.follow(ctx, key));
    if (due.length > 0) void this.loops.wake(PLAN_LOOP);
    return due.length;
  }

  /** An EHR that is away is asked again when the claim has run out. */
  private async follow(ctx: Context, key: WayKey): Promise<void> {
    try {
      const way = await this.wayOf(ctx, key);
      await this.places.run(ctx, key.connectionId, way.locations);
      await this.transactions.run(ctx, async (tx) => {
        const isNews = await this.ways.save(tx, key, way);
        if (isNews) await this.appointments.planLedBy(tx, key.connectionId, [key.reference]);
      });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { code } = error;
      this.log.warn('scheduling.way-not-followed', { organization_id: ctx.organizationId, code });
    }
  }

  /** A place that is named counts for more than one that is only led to. */
  private async wayOf(ctx: Context, { connectionId, reference }: WayKey): Promise<Way> {
    const way: Way = { locations: [], practitioner: null };
    for (let at: string | null = reference; at !== null && way.locations.length === 0;) {
      const step: Step = await this.step(ctx, { connectionId, reference: at });
      way.locations = step.locations;
      way.practitioner ??= step.practitioner;
      at = step.next;
    }
    return way;
  }

  /** What the EHR does not have, or does not show us, leads nowhere. */
  private async step(ctx: Context, { connectionId, reference }: WayKey): Promise<Step> {
    const found = await this.fhir.read(ctx, connectionId, reference as `Slot/${string}`).catch(orNothing);
    if (found?.state !== 'current') return { locations: [], practitioner: null, next: null };
    return stepOf(found.row.resource as Led);
  }
}

function orNothing(error: unknown): null {
  if (error instanceof Fault && !error.retryable) return null;
  throw error;
}
