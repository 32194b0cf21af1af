import type { JsonWebKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { AuditFacade } from '../../audit/index.js';
import { generationOfKid, recordKeyOf, recordKid } from '../domain/record-key.js';
import { openJwe, readJwe, sealJwe, type EscrowRecipient, type RecordContent } from '../domain/record-jwe.js';
import { cannotOpen } from '../domain/vault.errors.js';
import { KeyRoom } from './key-room.js';
import { livingOf, newestOf } from './keys.js';
import { OpenFailures } from './open-failures.js';

export type { EscrowRecipient, RecordContent } from '../domain/record-jwe.js';

/** RFC 7518 section 6.4: a symmetric key, for A256GCMKW. */
export interface RecordJwk extends JsonWebKey {
  kty: 'oct';
  k: string;
  alg: 'A256GCMKW';
  kid: string;
}

/** What we keep in the EHR: sealed for the patient's record key, in a form that any JOSE library opens. */
@Injectable()
export class RecordEnvelope {
  constructor(
    private readonly room: KeyRoom,
    private readonly audit: AuditFacade,
    private readonly failures: OpenFailures,
  ) {}

  async seal(
    ctx: Context,
    patientId: Uuid,
    record: RecordContent,
    escrow: EscrowRecipient | null,
  ): Promise<string> {
    const dataKey = newestOf(await this.room.patientKeys(ctx, patientId));
    const key = recordKeyOf(dataKey, ctx.organizationId, patientId);
    return sealJwe(record, { key, kid: recordKid(patientId, dataKey.generation) }, escrow);
  }

  async open(
    ctx: Context,
    patientId: Uuid,
    sealed: { jwe: string; identifier: string },
  ): Promise<Uint8Array> {
    const keys = livingOf(await this.room.patientKeys(ctx, patientId));
    const found = readJwe(sealed.jwe, (kid) => generationOfKid(patientId, kid));
    const dataKey = found && keys.get(found.generation);
    if (dataKey) {
      const key = recordKeyOf({ generation: found.generation, key: dataKey }, ctx.organizationId, patientId);
      const content = await openJwe(found.flattened, key, sealed.identifier);
      if (content) return content;
    }
    throw this.failures.report(ctx, { entity: { kind: 'record', id: patientId }, patientId });
  }

  async keyOf(ctx: Context, patientId: Uuid, kid: string): Promise<RecordJwk> {
    const keys = livingOf(await this.room.patientKeys(ctx, patientId));
    const generation = generationOfKid(patientId, kid);
    const dataKey = generation === null ? undefined : keys.get(generation);
    if (generation === null || !dataKey) throw cannotOpen();
    await this.audit.record(ctx, {
      type: 'vault.record-key-read',
      action: 'R',
      patientId,
      detail: { generation },
    });
    const { k } = recordKeyOf({ generation, key: dataKey }, ctx.organizationId, patientId).export({
      format: 'jwk',
    });
    return { kty: 'oct', k: k!, alg: 'A256GCMKW', kid };
  }
}
