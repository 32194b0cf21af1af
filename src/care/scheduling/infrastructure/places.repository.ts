import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { PlaceEntity } from './place.entity.js';

export type Place = Pick<PlaceEntity, 'connectionId' | 'reference' | 'nameSealed' | 'timeZone'>;

@Injectable()
export class PlacesRepository {
  async save(ctx: TxContext, places: readonly Place[]): Promise<void> {
    if (places.length === 0) return;
    const rows = places.map((place) => ({ ...place, organizationId: ctx.organizationId }));
    await managerOf(ctx).upsert(PlaceEntity, rows, ['organizationId', 'connectionId', 'reference']);
  }

  async remove(ctx: TxContext, connectionId: Uuid, references: readonly string[]): Promise<void> {
    if (references.length === 0) return;
    await managerOf(ctx).delete(PlaceEntity, {
      organizationId: ctx.organizationId,
      connectionId,
      reference: In([...references]),
    });
  }

  /** Zones of these places by reference, where the EHR says one. */
  async zones(
    ctx: TxContext,
    connectionId: Uuid,
    references: readonly string[],
  ): Promise<Map<string, string>> {
    const rows = await sql<{ reference: string; time_zone: string }>(
      ctx,
      `select reference, time_zone from scheduling.place
        where organization_id = $1 and connection_id = $2 and reference = any($3) and time_zone is not null`,
      [ctx.organizationId, connectionId, references],
    );
    return new Map(rows.map(({ reference, time_zone }) => [reference, time_zone]));
  }

  async find(ctx: TxContext, connectionId: Uuid, reference: string | null): Promise<Place | null> {
    if (reference === null) return null;
    return managerOf(ctx).findOneBy(PlaceEntity, {
      organizationId: ctx.organizationId,
      connectionId,
      reference,
    });
  }
}
