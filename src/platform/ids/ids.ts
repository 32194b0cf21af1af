import { randomUUID } from 'node:crypto';

/** A UUID as PostgreSQL prints it: lower case, 8-4-4-4-12. */
export type Uuid = string;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const PUBLIC = new RegExp(`^[a-z]{2,4}_[${ALPHABET}]{26}$`);

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The last id's time, also as an id begins with it, and how many ids came before it in the same millisecond. */
const last = { ms: 0, text: '', count: 0 };
/** What 12 bits hold. */
const IDS_PER_MS = 0x1000;

/**
 * A new row id: UUIDv7 (RFC 9562 section 5.7), so that new rows land at the end of an index. Ids of one process rise in
 * the order in which they are made (section 6.2, method 1), unless the caller names the time.
 */
export function newId(now?: number): Uuid {
  // Node keeps random UUIDs in stock; bytes of our own would cost a system call for each id.
  const random = randomUUID();
  if (now !== undefined) return `${timeText(now)}-7${random.slice(15)}`;
  rise(Date.now());
  return `${last.text}-7${last.count.toString(16).padStart(3, '0')}${random.slice(18)}`;
}

function timeText(ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}

/** A clock that stands still or goes back, and a full millisecond, borrow from the time to come. */
function rise(now: number): void {
  if (now <= last.ms && ++last.count < IDS_PER_MS) return;
  const ms = Math.max(now, last.ms + 1);
  Object.assign(last, { ms, text: timeText(ms), count: 0 });
}

/** The id as people outside see it: prefix, underscore and 26 characters of Crockford base32. */
export function publicId(prefix: string, id: Uuid): string {
  let rest = BigInt(`0x${id.replaceAll('-', '')}`);
  let text = '';
  for (let i = 0; i < 26; i++) {
    text = ALPHABET[Number(rest & 31n)]! + text;
    rest >>= 5n;
  }
  return `${prefix}_${text}`;
}

/** The UUID behind a public id, or null when the text is no id of that prefix. */
export function uuidFromPublicId(prefix: string, text: string): Uuid | null {
  if (!PUBLIC.test(text) || !text.startsWith(`${prefix}_`)) return null;
  let value = 0n;
  for (const character of text.slice(prefix.length + 1))
    value = (value << 5n) | BigInt(ALPHABET.indexOf(character));
  // 26 characters carry 130 bits: anything above 128 is no UUID.
  if (value >> 128n) return null;
  return uuidOf(Buffer.from(value.toString(16).padStart(32, '0'), 'hex'));
}

function uuidOf(bytes: Buffer): Uuid {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
