import { Injectable } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { placesOf, type Said, type Whereabouts, whereaboutsOf } from '../domain/whereabouts.policy.js';
import { PlacesRepository } from '../infrastructure/places.repository.js';
import { WaysRepository } from '../infrastructure/ways.repository.js';

/** Works out where visits are and in which zone, from what is kept of places, services, roles and slots. No network. */
@Injectable()
export class WhereaboutsFinder {
  constructor(
    private readonly places: PlacesRepository,
    private readonly ways: WaysRepository,
    private readonly organizations: OrganizationsFacade,
  ) {}

  /** In the order of what was said. */
  async of(ctx: TxContext, connectionId: Uuid, said: readonly Said[]): Promise<Whereabouts[]> {
    if (said.length === 0) return [];
    const ways = await this.ways.followed(ctx, connectionId, [...new Set(said.flatMap((one) => one.ways))]);
    const places = [...new Set(said.flatMap((one) => placesOf(one, ways)))];
    const facilities = await this.organizations.zonesOf(ctx, places);
    const own = places.length > 0 ? await this.places.zones(ctx, connectionId, places) : [];
    const ground = {
      zones: new Map([...facilities.of, ...own]),
      hospital: facilities.hospital,
      ways,
    };
    return said.map((one) => whereaboutsOf(one, ground));
  }
}
