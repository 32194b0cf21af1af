const BYTEA_OID = 17;
/** Dimensions, whether there are nulls, type of the elements, length and first index. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

/**
 * A `bytea[]` parameter in PostgreSQL's binary form (array_recv), which pg passes on as it is. Left to pg, an array of
 * buffers becomes hex text: twice as many bytes, which the server reads digit by digit.
 */
export function byteaArray(items: readonly Buffer[]): Buffer {
  const bytes = Buffer.allocUnsafe(
    items.reduce((sum, item) => sum + LENGTH_BYTES + item.length, HEADER_BYTES),
  );
  let at = 0;
  for (const field of [1, 0, BYTEA_OID, items.length, 1]) at = bytes.writeInt32BE(field, at);
  for (const item of items) {
    at = bytes.writeInt32BE(item.length, at);
    at += item.copy(bytes, at);
  }
  return bytes;
}
