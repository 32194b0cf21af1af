import { Injectable } from '@nestjs/common';
import { FhirFacade, type FreeSlot, type SlotQuery } from '../../../exchange/fhir/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { type Context, detached, type TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { isTimeZone, withOffset } from '../domain/wall-clock.js';
import { MeetPlaces } from './meet-places.js';
import { Places } from './places.js';
import { WhereaboutsFinder } from './whereabouts.js';

/** As many as a WhatsApp list has rows. */
const MOST_OFFERED = 10;

/** Which free times are wanted. */
export type OfferQuery = Omit<SlotQuery, 'limit'> & { connectionId: Uuid };

/** A free time, as a patient may be told of it. */
export interface Offer {
  /** `Slot/9` */
  slot: string;
  start: Date;
  end: Date;
  /** IANA: of the place where it is. */
  timeZone: string;
  /** The start on that place's clock: `2026-12-01T09:00:00+05:30`. */
  localStart: string;
  /** The place's name, when the EHR tells one. */
  place: string | null;
  /** `Practitioner/1` */
  practitioner: string | null;
}

/** Looks up free times in the EHR now. Nothing is held, and nothing of it is kept. */
@Injectable()
export class OfferSlots {
  constructor(
    private readonly transactions: Transactions,
    private readonly fhir: FhirFacade,
    private readonly meet: MeetPlaces,
    private readonly places: Places,
    private readonly whereabouts: WhereaboutsFinder,
  ) {}

  async run(caller: Context, { connectionId, ...query }: OfferQuery): Promise<Offer[]> {
    const ctx = detached(caller);
    const now = await this.transactions.run(ctx, nowIn);
    const from = query.from > now ? query.from : now;
    const slots = await this.fhir.findSlots(ctx, connectionId, { ...query, from, limit: MOST_OFFERED });
    await this.meet.run(
      ctx,
      connectionId,
      slots.flatMap(({ location }) => location ?? []),
    );
    return this.transactions.run(ctx, (tx) => this.offers(tx, connectionId, slots));
  }

  private async offers(ctx: TxContext, connectionId: Uuid, slots: readonly FreeSlot[]): Promise<Offer[]> {
    const said = slots.map(({ timeZone, location, practitioner }) => ({
      timeZone: isTimeZone(timeZone) ? timeZone : null,
      place: location,
      practitioner,
      ways: [],
    }));
    const found = await this.whereabouts.of(ctx, connectionId, said);
    const offers: Offer[] = [];
    for (const [at, { reference: slot, start, end, location, practitioner }] of slots.entries()) {
      const { timeZone } = found[at]!;
      const place = await this.places.nameOf(ctx, connectionId, location);
      offers.push({
        slot,
        start,
        end,
        timeZone,
        localStart: withOffset(start, timeZone),
        place,
        practitioner,
      });
    }
    return offers;
  }
}
