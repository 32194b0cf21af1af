import { Injectable } from '@nestjs/common';
import { FhirFacade } from '../../../exchange/fhir/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { PlacesRepository } from '../infrastructure/places.repository.js';

/** Reads places that something leads to and no visit has named yet: reading one hands it to whoever keeps places. */
@Injectable()
export class MeetPlaces {
  constructor(
    private readonly transactions: Transactions,
    private readonly places: PlacesRepository,
    private readonly fhir: FhirFacade,
  ) {}

  /** Throws retryable faults of the EHR; a place that it does not show stays unknown. */
  async run(ctx: Context, connectionId: Uuid, references: readonly string[]): Promise<void> {
    for (const reference of new Set(references)) {
      const known = await this.transactions.run(ctx, (tx) => this.places.find(tx, connectionId, reference));
      if (!known) await this.fhir.read(ctx, connectionId, reference).catch(orNothing);
    }
  }
}

function orNothing(error: unknown): null {
  if (error instanceof Fault && !error.retryable) return null;
  throw error;
}
