import type { Appointment, FhirResource } from 'fhir/r4.js';
import { contentHash } from './canonical.js';
import { type Bases, keyText, type ResourceKey } from './reference.js';
import { actorsOf, checkRow, readInstant } from './row-checks.js';
import { FOLLOWED, type FollowedType } from './rows.js';
import { isOlder, isSame, type Stamp, stampOf } from './stamp.js';

/** A sound row as it came. */
export interface IncomingRow extends Stamp {
  type: FollowedType;
  fhirId: string;
  /** `Patient/1` */
  key: string;
  resource: FhirResource;
  /** Of the content, once `hashOf` was asked: a row that is known by its version needs none. */
  hash: string | null;
  /** Who and what takes part in an appointment. */
  actors: ResourceKey[];
  /** Appointments with a start only. */
  startsAt: Date | null;
  /** False: worth something only when it was known before. */
  actionable: boolean;
}

export interface BadRow {
  type: FollowedType;
  fhirId: string;
  versionId: string | null;
  reason: string;
}

export interface SortedRows {
  rows: IncomingRow[];
  bad: BadRow[];
}

/** Splits what a page brought: each row once, in its newest version, sound or bad. Other types are left out. */
export function sortRows(found: readonly FhirResource[], bases: Bases): SortedRows {
  const rows: IncomingRow[] = [];
  const bad: BadRow[] = [];
  for (const resource of newestOf(found)) {
    const type = resource.resourceType as FollowedType;
    const check = checkRow(type, resource, bases);
    if (check.state === 'invalid') bad.push(badRow(resource, check.reason));
    else rows.push(incomingRow(resource, bases, check.state === 'valid'));
  }
  return { rows, bad };
}

function newestOf(found: readonly FhirResource[]): Iterable<FhirResource> {
  const newest = new Map<string, FhirResource>();
  for (const resource of found) {
    if (!FOLLOWED.includes(resource.resourceType as FollowedType)) continue;
    const key = keyText({ type: resource.resourceType, id: resource.id! });
    const before = newest.get(key);
    if (!before || !isOlder(stampOf(resource), stampOf(before))) newest.set(key, resource);
  }
  return newest.values();
}

function incomingRow(resource: FhirResource, bases: Bases, actionable: boolean): IncomingRow {
  const type = resource.resourceType as FollowedType;
  const fhirId = resource.id!;
  const startsAt = type === 'Appointment' ? startOf(resource as Appointment) : null;
  const key = keyText({ type, id: fhirId });
  return {
    type,
    fhirId,
    key,
    resource,
    hash: null,
    actors: type === 'Appointment' ? actorsOf(resource as Appointment, bases) : [],
    startsAt,
    actionable,
    ...stampOf(resource),
  };
}

/** In hexadecimal. */
export function hashOf(row: Pick<IncomingRow, 'hash' | 'resource'>): string {
  return (row.hash ??= contentHash(row.resource));
}

function startOf({ start }: Appointment): Date | null {
  const at = readInstant(start);
  return at instanceof Date ? at : null;
}

function badRow(resource: FhirResource, reason: string): BadRow {
  const { versionId } = stampOf(resource);
  return { type: resource.resourceType as FollowedType, fhirId: resource.id!, versionId, reason };
}

/** Patients, practitioners and places that these visits name: `Patient/1`. */
export function companionsOf(rows: readonly IncomingRow[]): Set<string> {
  const actors = rows.flatMap((row) => row.actors);
  return new Set(actors.filter(({ type }) => isCompanion(type)).map(keyText));
}

export function isCompanion(type: string): type is FollowedType {
  return type !== 'Appointment' && type !== 'RelatedPerson' && FOLLOWED.includes(type as FollowedType);
}

export type Known = Stamp & {
  hash: string;
  gone: boolean;
  /** The EHR refused it when it was last read. */
  forbidden: boolean;
  /** So it did within the last day, behind break-the-glass: what a search shows of it is left alone. */
  restricted: boolean;
};

/** What a row means beside what is known of it. */
export function compare(row: IncomingRow, known: Known | undefined): 'new' | 'changed' | 'same' | 'older' {
  if (!known) return 'new';
  if (isOlder(row, known)) return 'older';
  if (!known.gone && isSame(row, known)) return 'same';
  return !known.gone && hashOf(row) === known.hash ? 'same' : 'changed';
}
