import type { Sought } from '../domain/lookup.js';
import type { WrittenType } from '../domain/writes.js';
import type { WriteEntity } from '../infrastructure/write.entity.js';

/** What to look for, from what was noted when it was written. */
export function soughtRow(row: WriteEntity, now: Date): Sought {
  const times = [row.toldAt, row.postedAt, now].filter((time) => time !== null).map((time) => time.getTime());
  return {
    type: row.type as WrittenType,
    identifier: { system: row.identifierSystem, value: row.identifierValue },
    subjects: row.subjects,
    recipient: row.recipient,
    from: new Date(Math.min(...times)),
    to: new Date(Math.max(...times)),
  };
}
