import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import type { Uuid } from '../../ids/ids.js';
import { keyringUnavailable, type KeyEpoch, type Keyring, type WrappedKey } from '../keyring.js';
import { KeyCache } from './key-cache.js';
import { KeyFolder } from './key-folder.js';
import { unwrapKey, wrapKey } from './key-wrap.js';

const KEY_BYTES = 32;
const INDEX = 'index.key';
const SIGNING = 'audit-signing.pem';
const ENCRYPTION = /^kek-(\d{6})\.key$/;

/** Keys in files that only the product's own user can read. */
export class FileKeyring implements Keyring {
  private readonly cache: KeyCache;

  private constructor(private readonly folder: KeyFolder) {
    this.cache = new KeyCache(folder);
  }

  /** Throws ConfigurationFault when the folder or a file in it is open to group or others. */
  static async open(folder: string): Promise<FileKeyring> {
    return new FileKeyring(await KeyFolder.open(folder));
  }

  async establish(organizationId: Uuid): Promise<string> {
    if (!(await this.folder.has(organizationId))) await this.folder.make(organizationId, newKeys());
    return this.identity(organizationId);
  }

  async identity(organizationId: Uuid): Promise<string> {
    const publicKey = (await this.verificationKey(organizationId)).export({ type: 'spki', format: 'der' });
    const input = Buffer.concat([Buffer.from(`carethread/keyring/1/${organizationId}/`), publicKey]);
    return (await this.mac(organizationId, input)).toString('hex', 0, 16);
  }

  async epochs(organizationId: Uuid): Promise<KeyEpoch[]> {
    const found: KeyEpoch[] = [];
    for (const name of await this.folder.names(organizationId)) {
      const epoch = epochOf(name);
      const madeAt = epoch === null ? null : await this.folder.writtenAt(organizationId, name);
      if (epoch !== null && madeAt) found.push({ epoch, madeAt });
    }
    return found.sort((a, b) => a.epoch - b.epoch);
  }

  async rotate(organizationId: Uuid): Promise<number> {
    const epoch = (await this.currentEpoch(organizationId)) + 1;
    const key = randomBytes(KEY_BYTES);
    await this.folder.add(organizationId, encryptionName(epoch), key);
    key.fill(0);
    return epoch;
  }

  async destroyEpoch(organizationId: Uuid, epoch: number): Promise<void> {
    if (epoch >= (await this.currentEpoch(organizationId))) throw new RangeError('not an older epoch');
    await this.folder.destroy(organizationId, encryptionName(epoch));
    this.cache.forget(organizationId, encryptionName(epoch));
  }

  async wrap(organizationId: Uuid, key: Uint8Array, aad: Uint8Array, epoch?: number): Promise<WrappedKey> {
    epoch ??= await this.currentEpoch(organizationId);
    const encryptionKey = await this.encryptionKey(organizationId, epoch);
    return { epoch, bytes: wrapKey(encryptionKey, key, bound({ organizationId, epoch, aad })) };
  }

  async unwrap(organizationId: Uuid, wrapped: WrappedKey, aad: Uint8Array): Promise<Buffer | null> {
    const encryptionKey = await this.encryptionKey(organizationId, wrapped.epoch);
    return unwrapKey(encryptionKey, wrapped.bytes, bound({ organizationId, epoch: wrapped.epoch, aad }));
  }

  async mac(organizationId: Uuid, input: Uint8Array): Promise<Buffer> {
    const key = await this.cache.secret(organizationId, INDEX);
    return createHmac('sha256', key).update(input).digest();
  }

  async sign(organizationId: Uuid, message: Uint8Array): Promise<Buffer> {
    return sign(null, message, await this.cache.signing(organizationId, SIGNING));
  }

  async verificationKey(organizationId: Uuid): Promise<KeyObject> {
    return createPublicKey(await this.cache.signing(organizationId, SIGNING));
  }

  health(): Promise<void> {
    return this.folder.check();
  }

  private encryptionKey(organizationId: Uuid, epoch: number): Promise<KeyObject> {
    return this.cache.secret(organizationId, encryptionName(epoch));
  }

  /** The highest epoch there is: a rotation adds a file. */
  private async currentEpoch(organizationId: Uuid): Promise<number> {
    const names = await this.folder.names(organizationId);
    const epochs = names.map(epochOf).filter((epoch) => epoch !== null);
    if (epochs.length === 0) throw keyringUnavailable();
    return Math.max(...epochs);
  }
}

function newKeys(): Record<string, Buffer> {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    [encryptionName(1)]: randomBytes(KEY_BYTES),
    [INDEX]: randomBytes(KEY_BYTES),
    [SIGNING]: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
}

function encryptionName(epoch: number): string {
  return `kek-${String(epoch).padStart(6, '0')}.key`;
}

/** Null for the name of any other file. */
function epochOf(name: string): number | null {
  const [, digits] = ENCRYPTION.exec(name) ?? [];
  return digits === undefined ? null : Number(digits);
}

/** Fixed lengths before the caller's part, so that no two contexts are the same bytes. */
function bound(context: { organizationId: Uuid; epoch: number; aad: Uint8Array }): Buffer {
  const head = Buffer.from(
    `carethread/kek/1/${context.organizationId}/${String(context.epoch).padStart(10, '0')}/`,
  );
  return Buffer.concat([head, context.aad]);
}
