import { createHash } from 'node:crypto';

export const HASH_BYTES = 32;

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** RFC 6962 section 2.1: the leaf's hash, 32 bytes. */
export function leafHash(body: Uint8Array): Buffer {
  return createHash('sha256').update(LEAF).update(body).digest();
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

/**
 * The compact range of a tree: the roots of its full subtrees, largest first, one per bit of its size. All that is
 * needed to add leaves and to know the root.
 */
export class CompactRange {
  private constructor(
    private count: number,
    private readonly hashes: Buffer[],
  ) {}

  static empty(): CompactRange {
    return new CompactRange(0, []);
  }

  /** From what `frontier` gave at this size; null when the two do not fit. */
  static from(size: number, frontier: Buffer): CompactRange | null {
    const hashes: Buffer[] = [];
    for (let at = 0; at < frontier.length; at += HASH_BYTES)
      hashes.push(frontier.subarray(at, at + HASH_BYTES));
    const fits = frontier.length % HASH_BYTES === 0 && hashes.length === bitsOf(size);
    return fits ? new CompactRange(size, hashes) : null;
  }

  get size(): number {
    return this.count;
  }

  get frontier(): Buffer {
    return Buffer.concat(this.hashes);
  }

  add(leaf: Buffer): void {
    let hash = leaf;
    // Halved by division: a size may exceed 2^31, where bit operations end.
    for (let rest = this.count; rest % 2 === 1; rest = (rest - 1) / 2)
      hash = nodeHash(this.hashes.pop()!, hash);
    this.hashes.push(hash);
    this.count++;
  }

  /** RFC 6962's Merkle tree hash of all leaves so far. */
  root(): Buffer {
    if (this.hashes.length === 0) return createHash('sha256').digest();
    return this.hashes.reduceRight((right, left) => nodeHash(left, right));
  }
}

function bitsOf(size: number): number {
  return [...size.toString(2)].filter((bit) => bit === '1').length;
}
