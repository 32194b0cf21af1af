import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { BlindIndex } from './application/blind-index.js';
import { DestroyEpochs, type DestroyedEpochs } from './application/destroy-epochs.js';
import type { Keys } from './application/keys.js';
import { KeyRoom } from './application/key-room.js';
import { KeysStatus, type KeysState } from './application/keys-status.js';
import {
  RecordEnvelope,
  type EscrowRecipient,
  type RecordContent,
  type RecordJwk,
} from './application/record-envelope.js';
import { Rewrap, type RewrapProgress, type Rewrapped } from './application/rewrap.js';
import { Rotate } from './application/rotate.js';
import { Shred } from './application/shred.js';
import type { KeySubject, Place } from './domain/key-subject.js';

/**
 * Seals and opens what may not lie in the clear. Throws `vault.cannot-open` (no detail, by intention),
 * `vault.key-destroyed`, `vault.keyring-unavailable`.
 */
@Injectable()
export class VaultFacade {
  constructor(
    private readonly room: KeyRoom,
    private readonly blindIndex: BlindIndex,
    private readonly records: RecordEnvelope,
    private readonly shredding: Shred,
    private readonly status: KeysStatus,
    private readonly rotation: Rotate,
    private readonly rewrapping: Rewrap,
    private readonly destruction: DestroyEpochs,
  ) {}

  /** An envelope of AES-256-GCM, 34 bytes longer than the text. It opens only for this subject at this place. */
  async seal(ctx: Context, subject: KeySubject, place: Place, plain: string | Uint8Array): Promise<Buffer> {
    return (await this.keysFor(ctx, [subject])).seal(subject, place, plain);
  }

  async open(ctx: Context, subject: KeySubject, place: Place, envelope: Buffer): Promise<Buffer> {
    return (await this.keysFor(ctx, [subject])).open(subject, place, envelope);
  }

  async openText(ctx: Context, subject: KeySubject, place: Place, envelope: Buffer): Promise<string> {
    return (await this.keysFor(ctx, [subject])).openText(subject, place, envelope);
  }

  /**
   * Fetches the keys of a batch at once; a subject's first use makes its key. Hold them for one batch only: a key that
   * is destroyed meanwhile lives on in them.
   */
  keysFor(ctx: Context, subjects: readonly KeySubject[]): Promise<Keys> {
    return this.room.keysFor(ctx, subjects);
  }

  /** HMAC-SHA-256 of a value under the organization's index key, 32 bytes. Equal values of one purpose are equal. */
  index(ctx: Context, purpose: string, value: string): Promise<Buffer> {
    return this.blindIndex.of(ctx, purpose, value);
  }

  /** The same for a batch, in its order. */
  indexMany(ctx: Context, purpose: string, values: readonly string[]): Promise<Buffer[]> {
    return this.blindIndex.ofMany(ctx, purpose, values);
  }

  /**
   * JWE General JSON (RFC 7516 section 7.2.1), A256GCM, for the patient's record key by A256GCMKW. `identifier` is the
   * Communication's: it stands in the protected header. With `escrow`, a hospital's public key, also for that by
   * ECDH-ES+A256KW: destroying the patient's key does not shut the record to who holds its private half. Throws
   * `vault.escrow-key`.
   */
  sealForRecord(
    ctx: Context,
    patientId: Uuid,
    record: RecordContent,
    escrow: EscrowRecipient | null = null,
  ): Promise<string> {
    return this.records.seal(ctx, patientId, record, escrow);
  }

  /** Opens what `sealForRecord` made for this patient and this identifier. */
  openRecord(ctx: Context, patientId: Uuid, jwe: string, identifier: string): Promise<Uint8Array> {
    return this.records.open(ctx, patientId, { jwe, identifier });
  }

  /** The patient's record key as an `oct` JWK, by the `kid` that a JWE names. Leaves an audit event. */
  recordKey(ctx: Context, patientId: Uuid, kid: string): Promise<RecordJwk> {
    return this.records.keyOf(ctx, patientId, kid);
  }

  /**
   * Destroys the subject's key for ever: nothing sealed with it opens again, and nothing more is sealed for it.
   * Publishes KeyDestroyed. Destroying it again changes nothing.
   */
  shred(ctx: Context, subject: KeySubject): Promise<void> {
    return this.shredding.shred(ctx, subject);
  }

  /** Which epochs wrap how many data keys, and what is due. Changes nothing. */
  keysState(ctx: Context): Promise<KeysState> {
    return this.status.of(ctx);
  }

  /** Makes the next epoch of the organization's key-encryption key, for all that is wrapped from now on. Returns it. */
  rotate(ctx: Context): Promise<number> {
    return this.rotation.rotate(ctx);
  }

  /**
   * Wraps the data keys of older epochs under the current one, in transactions of its own. Whatever they sealed stays
   * untouched and readable. May be stopped at any time, and begun again.
   */
  rewrap(ctx: Context, onProgress?: RewrapProgress): Promise<Rewrapped> {
    return this.rewrapping.rewrap(ctx, onProgress);
  }

  /**
   * Destroys older epochs for ever; `due`: those that were replaced 35 days ago or earlier. Refuses each on which data
   * keys still hang. Processes that read an epoch's key in the last 30 seconds forget it within that time.
   */
  destroyOldEpochs(ctx: Context, which: 'all' | 'due'): Promise<DestroyedEpochs> {
    return this.destruction.destroy(ctx, which);
  }
}
