import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpCall } from './notification.js';

const TRIES = 3;
const AGAIN_AFTER_MS = 100;
/** athenahealth wants its notifications answered within two seconds. */
const WITHIN_MS = 2_000;

/** The endpoint's answer, after some tries; null when nobody answered. */
export async function deliver({ url, method, headers, body }: HttpCall): Promise<number | null> {
  let status: number | null = null;
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    status = await fetch(url, {
      ...{ method, headers },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(WITHIN_MS),
    }).then(
      (answer) => answer.status,
      () => null,
    );
    if (status !== null && status < 500) return status;
    if (attempt < TRIES) await sleep(AGAIN_AFTER_MS * attempt);
  }
  return status;
}

export const isTaken = (status: number | null): boolean => status !== null && status >= 200 && status < 300;
