import { Injectable } from '@nestjs/common';
import type { Location } from 'fhir/r4.js';
import type { FhirPage } from '../../../exchange/fhir/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { PlacesRepository } from '../infrastructure/places.repository.js';
import { locationName, locationZone } from '../infrastructure/visit.fhir-mapper.js';

/** Keeps the names and zones of places, as pages of the EHR bring them. */
@Injectable()
export class Places {
  constructor(private readonly places: PlacesRepository) {}

  async absorb(ctx: TxContext, page: FhirPage<Location>): Promise<void> {
    const { connectionId, changed, gone } = page;
    const places = changed.map(({ fhirId, resource }) => ({
      connectionId,
      reference: `Location/${fhirId}`,
      name: locationName(resource),
      timeZone: locationZone(resource),
    }));
    await this.places.save(ctx, places);
    await this.places.remove(
      ctx,
      connectionId,
      gone.map(({ fhirId }) => `Location/${fhirId}`),
    );
  }
}
