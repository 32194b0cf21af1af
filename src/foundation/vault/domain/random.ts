import { randomBytes } from 'node:crypto';

/** Asking the generator for 12 bytes costs 3 us and more (measured), and hardly less than asking for these. */
const STOCK_BYTES = 4_080;

let stock = Buffer.alloc(0);

/** Random bytes that may be seen, as nonces may; never given out twice. Keys are asked of the generator itself. */
export function publicRandom(size: number): Buffer {
  if (stock.length < size) stock = randomBytes(STOCK_BYTES);
  const bytes = stock.subarray(0, size);
  stock = stock.subarray(size);
  return bytes;
}
