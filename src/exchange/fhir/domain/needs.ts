import { type IncomingRow, isCompanion } from './incoming.js';
import { keyText } from './reference.js';
import type { FollowedType } from './rows.js';

/** Whom a visit needs: the last such visit, and until when we follow him, her or it. */
export interface Need {
  type: FollowedType;
  fhirId: string;
  startsAt: Date;
  until: Date;
}

/** As long as the usual horizon: the next visits of the same patient need not write to the patient's row again. */
const FOLLOW_BEYOND_MS = 45 * 86_400_000;

/** Patients, practitioners and places that these visits need for longer than they are followed, by key (`Patient/1`). */
export function needsOf(
  visits: readonly Pick<IncomingRow, 'actors' | 'startsAt'>[],
  followed: ReadonlyMap<string, Date>,
): Map<string, Need> {
  const needs = new Map<string, Need>();
  for (const { actors, startsAt } of visits) {
    if (startsAt === null) continue;
    for (const { type, id } of actors) {
      const key = keyText({ type, id });
      const until = needs.get(key)?.startsAt ?? followed.get(key);
      if (!isCompanion(type) || (until && until >= startsAt)) continue;
      const beyond = new Date(startsAt.getTime() + FOLLOW_BEYOND_MS);
      needs.set(key, { type, fhirId: id, startsAt, until: beyond });
    }
  }
  return needs;
}
