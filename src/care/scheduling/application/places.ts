import { Injectable } from '@nestjs/common';
import type { Location } from 'fhir/r4.js';
import type { FhirPage } from '../../../exchange/fhir/index.js';
import { VaultFacade, type Place as Sealed } from '../../../foundation/vault/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { PlacesRepository } from '../infrastructure/places.repository.js';
import { locationName, locationZone } from '../infrastructure/visit.fhir-mapper.js';

const SUBJECT = { kind: 'organization' } as const;

/** Keeps the names and zones of places, as pages of the EHR bring them. A home visit's place has a person's name. */
@Injectable()
export class Places {
  constructor(
    private readonly places: PlacesRepository,
    private readonly vault: VaultFacade,
  ) {}

  async absorb(ctx: TxContext, page: FhirPage<Location>): Promise<void> {
    const { connectionId, changed, gone } = page;
    const keys = await this.vault.keysFor(ctx, [SUBJECT]);
    const places = changed.map(({ fhirId, resource }) => {
      const reference = `Location/${fhirId}`;
      const name = locationName(resource);
      return {
        connectionId,
        reference,
        nameSealed: name === null ? null : keys.seal(SUBJECT, sealedAt(connectionId, reference), name),
        timeZone: locationZone(resource),
      };
    });
    await this.places.save(ctx, places);
    await this.places.remove(
      ctx,
      connectionId,
      gone.map(({ fhirId }) => `Location/${fhirId}`),
    );
  }

  /** Null for a place without a name, and for one that no page has brought. */
  async nameOf(ctx: TxContext, connectionId: Uuid, reference: string | null): Promise<string | null> {
    const place = await this.places.find(ctx, connectionId, reference);
    if (!place?.nameSealed) return null;
    return this.vault.openText(ctx, SUBJECT, sealedAt(connectionId, place.reference), place.nameSealed);
  }
}

function sealedAt(connectionId: Uuid, reference: string): Sealed {
  return { table: 'scheduling.place', column: 'name_sealed', row: `${connectionId}/${reference}` };
}
