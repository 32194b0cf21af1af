import type { KeyObject } from 'node:crypto';
import { Fault } from '../errors/fault.js';
import type { Uuid } from '../ids/ids.js';

export const KEYRING = Symbol('KEYRING');

/** A 32-byte key as it may lie in the database: encrypted under one epoch of an organization's key-encryption key. */
export interface WrappedKey {
  epoch: number;
  bytes: Buffer;
}

/** One epoch of an organization's key-encryption key. */
export interface KeyEpoch {
  epoch: number;
  madeAt: Date;
}

/**
 * An organization's own keys, outside the database: a key-encryption key per epoch, an index key, an audit signing
 * key. Only `establish` makes the first ones; everything else throws `vault.keyring-unavailable` when they are missing or
 * unreadable, because keys made in place of lost ones would bury the loss.
 */
export interface Keyring {
  /** Makes the organization's keys unless it has them. For an organization's first use alone. Returns `identity`. */
  establish(organizationId: Uuid): Promise<string>;
  /** Names the organization's keys; the same for as long as they are the same, also across epochs. */
  identity(organizationId: Uuid): Promise<string>;
  /** The epochs that can still unwrap, oldest first. The last one is the current one. */
  epochs(organizationId: Uuid): Promise<KeyEpoch[]>;
  /** Makes the next epoch, which is the current one from then on; the older ones still unwrap. Returns it. */
  rotate(organizationId: Uuid): Promise<number>;
  /** Destroys an older epoch for ever: what it wraps opens no more. Never the current one. */
  destroyEpoch(organizationId: Uuid, epoch: number): Promise<void>;
  /** Wraps under the current epoch, or that one. `aad` must be the same at unwrap. */
  wrap(organizationId: Uuid, key: Uint8Array, aad: Uint8Array, epoch?: number): Promise<WrappedKey>;
  /** Null when these bytes were not wrapped so: changed, or for another organization, epoch or aad. */
  unwrap(organizationId: Uuid, wrapped: WrappedKey, aad: Uint8Array): Promise<Buffer | null>;
  /** HMAC-SHA-256 under the organization's index key: 32 bytes. */
  mac(organizationId: Uuid, input: Uint8Array): Promise<Buffer>;
  /** Ed25519 signature under the organization's audit signing key: 64 bytes. */
  sign(organizationId: Uuid, message: Uint8Array): Promise<Buffer>;
  /** The public half of the audit signing key. */
  verificationKey(organizationId: Uuid): Promise<KeyObject>;
  /** Throws `vault.keyring-unavailable` when the keyring cannot be used at all. */
  health(): Promise<void>;
}

export function keyringUnavailable(cause?: unknown): Fault {
  return new Fault(
    {
      code: 'vault.keyring-unavailable',
      kind: 'unavailable',
      words:
        'The keys are away, so nothing can be opened or sealed. Ask your administrator to restore the keyring.',
      retryable: true,
      severity: 'error',
    },
    { cause },
  );
}
