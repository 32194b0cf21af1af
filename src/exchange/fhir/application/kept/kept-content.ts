import { Injectable } from '@nestjs/common';
import { type KeySubject, type Place, VaultFacade } from '../../../../foundation/vault/index.js';
import type { Context } from '../../../../platform/context/context.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import type { KeepableResource } from '../../domain/kept.js';
import type { KeptEntity } from '../../infrastructure/kept.entity.js';

/** What is kept, sealed under the key of the patient whom it is about. */
@Injectable()
export class KeptContent {
  constructor(private readonly vault: VaultFacade) {}

  seal(ctx: Context, of: { id: Uuid; patientId: Uuid }, resource: KeepableResource): Promise<Buffer> {
    return this.vault.seal(ctx, subjectOf(of.patientId), placeOf(of.id), JSON.stringify(resource));
  }

  /** Null: the EHR has it. Throws `vault.key-destroyed` and the like. */
  async open(ctx: Context, { id, patientId, sealed }: KeptEntity): Promise<KeepableResource | null> {
    if (sealed === null) return null;
    const text = await this.vault.openText(ctx, subjectOf(patientId), placeOf(id), sealed);
    return JSON.parse(text) as KeepableResource;
  }
}

const subjectOf = (id: Uuid): KeySubject => ({ kind: 'patient', id });
const placeOf = (row: Uuid): Place => ({ table: 'fhir.kept', column: 'sealed', row });
