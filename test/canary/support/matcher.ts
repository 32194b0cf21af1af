import type { Needle } from './encodings.js';

export interface Match {
  needle: Needle;
  at: number;
}

const PREFIX = 4;
/** One bit for every 20-bit hash of a prefix: 128 KiB, which stay in the processor's cache. */
const HASH_BITS = 20;
const HASH_MASK = (1 << HASH_BITS) - 1;
/** Enough to say where a leak is; a leak of a thousand lines needs no more. */
const MAX_MATCHES = 200;

/**
 * Looks for thousands of byte sequences in one pass: at each place the next four bytes are looked up in a bitmap, and
 * only where some needle begins so is anything compared.
 */
export class Matcher {
  private readonly maybe = new Uint8Array(1 << (HASH_BITS - 3));
  private readonly byPrefix = new Map<number, Needle[]>();

  constructor(needles: readonly Needle[]) {
    for (const needle of needles) {
      if (needle.bytes.length < PREFIX)
        throw new Error(`a needle of ${needle.bytes.length} bytes is too short`);
      const prefix = needle.bytes.readUInt32BE(0);
      const hash = hashOf(prefix);
      this.maybe[hash >>> 3]! |= 1 << (hash & 7);
      this.byPrefix.set(prefix, [...(this.byPrefix.get(prefix) ?? []), needle]);
    }
  }

  /** Every needle in these bytes, up to a limit. */
  find(bytes: Uint8Array): Match[] {
    const { maybe } = this;
    const found: Match[] = [];
    let prefix = 0;
    for (let end = 0; end < bytes.length; end++) {
      prefix = (prefix << 8) | bytes[end]!;
      const hash = hashOf(prefix);
      if ((maybe[hash >>> 3]! & (1 << (hash & 7))) === 0) continue;
      if (end < PREFIX - 1) continue;
      this.compare(bytes, end - PREFIX + 1, found);
      if (found.length >= MAX_MATCHES) break;
    }
    return found;
  }

  private compare(bytes: Uint8Array, at: number, found: Match[]): void {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const needle of this.byPrefix.get(view.readUInt32BE(at)) ?? []) {
      const end = at + needle.bytes.length;
      if (end <= view.length && view.compare(needle.bytes, 0, needle.bytes.length, at, end) === 0)
        found.push({ needle, at });
    }
  }
}

/** Without Math.imul: jest's module system makes every look at a global slow (measured: 4 MB/s with it). */
function hashOf(prefix: number): number {
  return (prefix ^ (prefix >>> 11)) & HASH_MASK;
}
