import { Injectable } from '@nestjs/common';
import type { Location } from 'fhir/r4.js';
import type { FhirPage } from '../../../exchange/fhir/index.js';
import { VaultFacade, type Place as Sealed } from '../../../foundation/vault/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { afterCommit } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { type Place, PlacesRepository } from '../infrastructure/places.repository.js';
import { hasUnknownZone, locationName, locationZone } from '../infrastructure/visit.fhir-mapper.js';
import { WaysRepository } from '../infrastructure/ways.repository.js';
import { PLAN_LOOP } from './loop-names.js';
import { ZoneWarnings } from './zone-warnings.js';

const SUBJECT = { kind: 'organization' } as const;

/** Keeps the names and zones of places, as pages of the EHR bring them. A home visit's place has a person's name. */
@Injectable()
export class Places {
  constructor(
    private readonly places: PlacesRepository,
    private readonly ways: WaysRepository,
    private readonly appointments: AppointmentsRepository,
    private readonly vault: VaultFacade,
    private readonly warnings: ZoneWarnings,
    private readonly loops: Loops,
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
    const before = await this.zonesOf(ctx, connectionId, places);
    await this.places.save(ctx, places);
    this.warnings.count(ctx, changed.filter(({ resource }) => hasUnknownZone(resource)).length);
    const moved = places.filter(({ reference, timeZone }) => (before.get(reference) ?? null) !== timeZone);
    await this.rezone(ctx, connectionId, moved);
    await this.places.remove(
      ctx,
      connectionId,
      gone.map(({ fhirId }) => `Location/${fhirId}`),
    );
  }

  private zonesOf(
    ctx: TxContext,
    connectionId: Uuid,
    places: readonly Place[],
  ): Promise<Map<string, string>> {
    const references = places.map(({ reference }) => reference);
    return this.places.zones(ctx, connectionId, references);
  }

  /** Visits at a place whose zone is another now are planned anew, and those that are led to it. */
  private async rezone(ctx: TxContext, connectionId: Uuid, places: readonly Place[]): Promise<void> {
    if (places.length === 0) return;
    const references = places.map(({ reference }) => reference);
    const ways = await this.ways.leadingTo(ctx, connectionId, references);
    await this.appointments.planLedBy(ctx, connectionId, [...references, ...ways]);
    afterCommit(ctx, () => void this.loops.wake(PLAN_LOOP));
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
