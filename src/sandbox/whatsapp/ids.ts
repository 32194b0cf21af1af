import { hash } from 'node:crypto';

export interface Ids {
  wamid(): string;
  /** Digits only and below 2^53, as template and challenge ids are. */
  digits(): string;
  trace(): string;
  /** The business-scoped user id of one patient at one business; `identity` begins with the phone's digits. */
  userId(businessAccountId: string, identity: string): string;
}

const WAMID_HEAD = Buffer.from([0x1c, 0x18, 0x15]);

// Only the calling codes that the synthetic data uses; anyone else is of no known country.
const COUNTRIES: [callingCode: string, country: string][] = [
  ['91', 'IN'],
  ['44', 'GB'],
  ['61', 'AU'],
  ['55', 'BR'],
  ['1', 'US'],
];

/** The same seed gives the same ids in the same order. */
export function makeIds(seed: number): Ids {
  const digest = (kind: string, key: string | number) => hash('sha256', `${seed}:${kind}:${key}`, 'buffer');
  let messages = 0;
  let objects = 0;
  let traces = 0;
  return {
    wamid: () =>
      `wamid.${Buffer.concat([WAMID_HEAD, digest('message', ++messages).subarray(0, 21)]).toString('base64')}`,
    digits: () =>
      String(
        1_000_000_000_000_000 +
          (digest('object', ++objects).readUInt32BE(0) % 8_000_000) * 1_000_000 +
          objects,
      ),
    trace: () => `A${digest('trace', ++traces).toString('base64url').slice(0, 22)}`,
    userId: (business, identity) => `${countryOf(identity)}.${digest(business, identity).readBigUInt64BE(0)}`,
  };
}

function countryOf(identity: string): string {
  return COUNTRIES.find(([callingCode]) => identity.startsWith(callingCode))?.[1] ?? 'ZZ';
}
