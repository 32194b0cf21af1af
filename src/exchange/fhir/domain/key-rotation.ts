/** How long an EHR may keep our key set: what the set's own Cache-Control says. */
export const JWKS_MAX_AGE_SECONDS = 3_600;

/**
 * A new key is published this long before it signs. An EHR must not keep a key set longer than its Cache-Control says
 * (SMART App Launch 2.2, client-confidential-asymmetric): an hour. A day leaves room for those that fetch it once a night.
 */
export const OVERLAP_SECONDS = 86_400;

/** The key before stays published a little longer: an assertion that it signed last lives for five minutes. */
export const GRACE_SECONDS = 600;

export interface KeyTimes {
  /** null: from the beginning, because it has no other before it. */
  signsFrom: Date | null;
  /** When it is forgotten; null while no other key is to follow. */
  goneAt: Date | null;
}

/** Of keys in the order of their times: the last one whose time has come. */
export function signingKey<K extends KeyTimes>(keys: readonly K[], now: Date): K | undefined {
  return keys.findLast(({ signsFrom }) => signsFrom === null || signsFrom <= now);
}

/** Whether a key waits for its time to sign: until then no other is made. */
export function isRotating(keys: readonly KeyTimes[], now: Date): boolean {
  return keys.at(-1) !== signingKey(keys, now);
}
