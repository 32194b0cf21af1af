const LENGTH_BYTES = 4;

/** Each part behind its length in 4 bytes (big-endian), text as UTF-8: no two lists give the same bytes. */
export function lengthPrefixed(parts: readonly string[]): Buffer {
  const size = parts.reduce((sum, part) => sum + LENGTH_BYTES + Buffer.byteLength(part), 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts) {
    const length = bytes.write(part, at + LENGTH_BYTES);
    at = bytes.writeUInt32BE(length, at) + length;
  }
  return bytes;
}
