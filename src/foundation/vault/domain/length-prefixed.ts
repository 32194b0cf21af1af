const LENGTH_BYTES = 4;

/** Each part behind its length in 4 bytes (big-endian), text as UTF-8: no two lists give the same bytes. */
export function lengthPrefixed(parts: readonly string[]): Buffer {
  const lengths = parts.map((part) => Buffer.byteLength(part, 'utf8'));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, 0));
  let at = 0;
  parts.forEach((part, place) => {
    at = bytes.writeUInt32BE(lengths[place]!, at);
    at += bytes.write(part, at, 'utf8');
  });
  return bytes;
}
