import { createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { Uuid } from '../../ids/ids.js';
import { keyringUnavailable } from '../keyring.js';
import type { KeyFolder } from './key-folder.js';

const KEY_BYTES = 32;

/** A key that was taken out of the folder stops working within this time. */
const KEEP_MS = 30_000;

/** Keys that were just read, as KeyObjects: their memory lies outside the JavaScript heap and is cleared when freed. */
export class KeyCache {
  private readonly kept = new Map<string, { key: KeyObject; until: number }>();

  constructor(private readonly folder: KeyFolder) {}

  /** A symmetric key of 32 bytes. */
  secret(organizationId: Uuid, name: string): Promise<KeyObject> {
    return this.load(organizationId, name, (bytes) => {
      if (bytes.length !== KEY_BYTES) throw new RangeError('not 32 bytes');
      return createSecretKey(bytes);
    });
  }

  /** An Ed25519 private key, PKCS#8 PEM. */
  signing(organizationId: Uuid, name: string): Promise<KeyObject> {
    return this.load(organizationId, name, createPrivateKey);
  }

  forget(organizationId: Uuid, name: string): void {
    this.kept.delete(`${organizationId}/${name}`);
  }

  private async load(
    organizationId: Uuid,
    name: string,
    parse: (bytes: Buffer) => KeyObject,
  ): Promise<KeyObject> {
    const path = `${organizationId}/${name}`;
    const kept = this.kept.get(path);
    if (kept && kept.until > performance.now()) return kept.key;
    this.kept.delete(path);
    const key = parsed(await this.folder.read(organizationId, name), parse);
    this.kept.set(path, { key, until: performance.now() + KEEP_MS });
    return key;
  }
}

function parsed(bytes: Buffer, parse: (bytes: Buffer) => KeyObject): KeyObject {
  try {
    return parse(bytes);
  } catch (error) {
    throw keyringUnavailable(error);
  } finally {
    bytes.fill(0);
  }
}
