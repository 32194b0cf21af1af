/** Each part behind its length in 4 bytes (big-endian), text as UTF-8: no two lists give the same bytes. */
export function lengthPrefixed(parts: readonly string[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => prefixed(Buffer.from(part, 'utf8'))));
}

function prefixed(bytes: Buffer): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}
