import { Injectable } from '@nestjs/common';
import type { Location, Practitioner } from 'fhir/r4.js';
import type { FhirPage } from '../../../exchange/fhir/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { DirectoryRepository } from '../infrastructure/directory.repository.js';
import { locationName, locationZone, practitionerName } from '../infrastructure/visit.fhir-mapper.js';

/** Keeps the names of places and practitioners, and the zones of places, as pages of the EHR bring them. */
@Injectable()
export class Directory {
  constructor(private readonly entries: DirectoryRepository) {}

  async absorbLocations(ctx: TxContext, page: FhirPage<Location>): Promise<void> {
    const { connectionId, changed, gone } = page;
    const entries = changed.map(({ fhirId, resource }) => ({
      connectionId,
      reference: `Location/${fhirId}`,
      name: locationName(resource),
      timeZone: locationZone(resource),
    }));
    await this.entries.save(ctx, entries);
    await this.entries.remove(
      ctx,
      connectionId,
      gone.map(({ fhirId }) => `Location/${fhirId}`),
    );
  }

  async absorbPractitioners(ctx: TxContext, page: FhirPage<Practitioner>): Promise<void> {
    const { connectionId, changed, gone } = page;
    const entries = changed.map(({ fhirId, resource }) => ({
      connectionId,
      reference: `Practitioner/${fhirId}`,
      name: practitionerName(resource),
      timeZone: null,
    }));
    await this.entries.save(ctx, entries);
    await this.entries.remove(
      ctx,
      connectionId,
      gone.map(({ fhirId }) => `Practitioner/${fhirId}`),
    );
  }
}
