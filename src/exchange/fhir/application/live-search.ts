import type { FhirResource } from 'fhir/r4.js';
import type { Capabilities } from '../domain/capabilities.js';
import { basesOf } from '../domain/connection.js';
import { keyText } from '../domain/reference.js';
import { readInstant } from '../domain/row-checks.js';
import { namesPlace } from '../domain/row-filter.js';
import {
  type Cause,
  MANY_MISSING,
  UNREADABLE_ROWS,
  type UnreadVisit,
  type UnseenDays,
} from '../domain/unseen.js';
import { contains, halvesOf, type Span } from '../domain/windows.js';
import type { Connected } from '../infrastructure/clients.js';
import { FhirFault, incomplete } from '../infrastructure/fhir-fault.js';
import { begunAgain } from './crawl.js';
import { readState } from './live-read.js';
import { pagesOf } from './pages.js';
import { paramsAt, searchedSpans } from './scan-search.js';

/** Read side by side at the connection's budget. */
const READS_AT_ONCE = 50;
/** Visits that no search shows are read by their ids, up to so many: beyond it the window counts as incomplete. */
const MOST_READS = 500;
/** Searches that it did not answer, one after the other: the EHR is away, and each more would wait for nothing. */
const AWAY_AFTER = 5;

/** A look at the EHR's visits of some days, under way. */
export interface Look {
  connected: Connected;
  capabilities: Capabilities;
  days: Span;
  /** FHIR ids of those known to begin in these days. */
  known: ReadonlySet<string>;
  found: FhirResource[];
  /** FHIR ids of known ones that the EHR says are not for us. */
  forbidden: string[];
  unseen: UnseenDays[];
  unread: UnreadVisit[];
  /** The EHR's own clock at the first answer; null when it tells none. */
  askedAt: Date | null;
  /** The first failure of all. */
  fault: FhirFault | null;
  /** Whether the EHR has shown or told anything. */
  answered: boolean;
  /** How often it did not answer since it last did. */
  silence: number;
}

/** Searches each window of the days at each place. What could not be seen is noted with its cause. */
export async function searchPlaces(look: Look, places: readonly string[]): Promise<void> {
  for (const place of places)
    for (const span of searchedSpans(look.capabilities, look.days)) await window(look, place, span);
}

/** A window that the EHR calls incomplete is cut in halves, down to a day. */
async function window(look: Look, place: string, span: Span): Promise<void> {
  const fault = isAway(look) ? look.fault! : await search(look, place, span);
  if (!fault) return;
  const halves = fault.code === 'fhir.incomplete' ? halvesOf(span) : null;
  if (halves) for (const half of halves) await window(look, place, half);
  else look.unseen.push({ place, ...span, cause: causeOf(fault) });
}

/** Null when the EHR showed all of it, else why not. */
async function search(look: Look, place: string, span: Span): Promise<FhirFault | null> {
  try {
    const complete = await begunAgain(() => pages(look, place, span));
    look.silence = 0;
    return complete ? null : incomplete();
  } catch (error) {
    const fault = failed(look, error);
    // One that says no is there.
    look.silence = fault.retryable ? look.silence + 1 : 0;
    return fault;
  }
}

/** False when the EHR says that rows may be missing. */
async function pages(look: Look, place: string, span: Span): Promise<boolean> {
  const { client, connection } = look.connected;
  let complete = true;
  for await (const page of pagesOf(client, 'Appointment', paramsAt(place, span))) {
    look.answered = true;
    look.askedAt ??= page.date;
    complete &&= !page.incomplete;
    // What cannot be read has no id by which it could be told.
    if (page.unreadable > 0) look.unseen.push({ place, ...span, cause: UNREADABLE_ROWS });
    // The EHR may have dropped the filter, whether it says so or not.
    look.found.push(
      ...page.resources.filter(
        (resource) => isOfWindow(look, resource) && namesPlace(resource, place, basesOf(connection)),
      ),
    );
  }
  return complete;
}

/** Also one whose start cannot be read: the search showed it. */
function isOfWindow({ days, known }: Look, resource: FhirResource): boolean {
  if (resource.resourceType !== 'Appointment') return false;
  const startsAt = startOf(resource);
  return startsAt === null || contains(days, startsAt) || known.has(resource.id!);
}

/** Absent from a search is neither gone nor moved: each is read by its id. */
export async function readUnseen(look: Look): Promise<void> {
  const seen = new Set(look.found.map(({ id }) => id));
  const unseen = [...look.known].filter((id) => !seen.has(id));
  const most = look.capabilities.scanBy === 'known' ? unseen.length : MOST_READS;
  for (let at = 0; at < most && at < unseen.length; at += READS_AT_ONCE)
    await readBatch(look, unseen.slice(at, Math.min(at + READS_AT_ONCE, most)));
  for (const id of unseen.slice(most)) look.unread.push(unreadOf(id, MANY_MISSING));
}

/** A record that the EHR cannot show is no sign that it is away; a batch of nothing else is. */
async function readBatch(look: Look, ids: readonly string[]): Promise<void> {
  const away = isAway(look);
  const faults = await Promise.all(ids.map(async (id) => (away ? look.fault : read(look, id))));
  look.silence = faults.every((fault) => fault?.retryable) ? look.silence + faults.length : 0;
  for (const [at, fault] of faults.entries()) if (fault) look.unread.push(unreadOf(ids[at]!, causeOf(fault)));
}

/** Null when the EHR said how it is with this visit, else why not. */
async function read(look: Look, id: string): Promise<FhirFault | null> {
  try {
    const answer = await readState(look.connected.client, { type: 'Appointment', id });
    look.answered = true;
    if (answer.state === 'current') look.found.push(answer.resource);
    if (answer.state === 'forbidden') look.forbidden.push(id);
    return null;
  } catch (error) {
    return failed(look, error);
  }
}

function failed(look: Look, error: unknown): FhirFault {
  if (!(error instanceof FhirFault)) throw error;
  look.fault ??= error;
  return error;
}

function isAway({ silence }: Look): boolean {
  return silence >= AWAY_AFTER;
}

function unreadOf(id: string, cause: Cause): UnreadVisit {
  return { reference: keyText({ type: 'Appointment', id }), cause };
}

export function causeOf({ code, words }: FhirFault): Cause {
  return { code, words };
}

export function startOf(resource: FhirResource): Date | null {
  const at = readInstant((resource as { start?: string }).start);
  return at instanceof Date ? at : null;
}
