import { Injectable } from '@nestjs/common';
import type { Patient } from 'fhir/r4.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { FhirFacade, type FhirRow } from '../../fhir/index.js';
import { AliasesRepository } from '../infrastructure/aliases.repository.js';
import type { Said } from './merges.js';

/** Reads `Patient.link`: only `replaced-by` counts; `replaces` on the other record is a hint to look. */
@Injectable()
export class Replacements {
  constructor(
    private readonly fhir: FhirFacade,
    private readonly aliases: AliasesRepository,
  ) {}

  async in(ctx: TxContext, rows: readonly FhirRow<Patient>[]): Promise<Said[]> {
    const said: Said[] = [];
    for (const { connectionId, fhirId, resource } of rows) {
      const references: (string | null)[] = [];
      for (const reference of linkedAs(resource, 'replaced-by'))
        references.push(await this.fhir.ownReference(ctx, connectionId, reference));
      said.push({ fhirId, into: survivorIn(references, fhirId) });
    }
    return said;
  }

  /** Which of these records claim to replace one that we know, and that has not said so itself. */
  async claimed(ctx: TxContext, rows: readonly FhirRow<Patient>[]): Promise<Uuid[]> {
    const claiming: Uuid[] = [];
    for (const { connectionId, resourceId, resource } of rows) {
      const claims = await this.claimsOf(ctx, connectionId, resource);
      if (claims.length === 0) continue;
      const known = await this.aliases.rows(ctx, connectionId, claims);
      if (known.some(({ survivorId }) => survivorId === null)) claiming.push(resourceId);
    }
    return claiming;
  }

  /** FHIR ids of the records that this one says it replaces. */
  async claimsOf(ctx: TxContext, connectionId: Uuid, resource: Patient): Promise<string[]> {
    const claims: string[] = [];
    for (const reference of linkedAs(resource, 'replaces')) {
      const own = await this.fhir.ownReference(ctx, connectionId, reference);
      if (own?.startsWith(PREFIX)) claims.push(own.slice(PREFIX.length));
    }
    return claims;
  }
}

const PREFIX = 'Patient/';

function linkedAs({ link }: Patient, type: 'replaced-by' | 'replaces'): string[] {
  if (!Array.isArray(link)) return [];
  const links = link.filter((one) => one?.type === type);
  return links.flatMap(({ other }) => (typeof other?.reference === 'string' ? [other.reference] : []));
}

/** Two records cannot both replace one: who says so is not believed. */
function survivorIn(references: readonly (string | null)[], fhirId: string): string | null {
  const ids = new Set(references.map((one) => (one?.startsWith(PREFIX) ? one.slice(PREFIX.length) : null)));
  const [only] = ids;
  return ids.size === 1 && only !== fhirId ? (only ?? null) : null;
}
