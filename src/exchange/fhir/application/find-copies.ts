import type { FhirResource } from 'fhir/r4.js';
import { basesOf } from '../domain/connection.js';
import type { Capabilities } from '../domain/capabilities.js';
import { headersForLookup } from '../domain/lookup-headers.js';
import { queriesFor, type Query, type Sought } from '../domain/lookup.js';
import type { WrittenResource, WrittenType } from '../domain/writes.js';
import { oursAmong } from '../domain/written-match.js';
import type { Connected } from '../infrastructure/clients.js';
import { FhirFault, incomplete } from '../infrastructure/fhir-fault.js';
import { pagesOf } from './pages.js';
import { keepsTextsApart, withPayload } from './payloads.js';

export interface Where {
  connected: Connected;
  capabilities: Capabilities;
}

/** What a search is for: only texts about these patients are fetched, where the EHR keeps texts apart. */
export interface Aim {
  type: WrittenType;
  /** `Patient/1` */
  subjects: ReadonlySet<string>;
}

/**
 * What the EHR shows of ours, the best first; null when no search of it can tell. `thorough`, for what may be there
 * already: where one search shows none the next is tried too, because an EHR may drop what the first one goes by.
 * Throws as a search does, and `fhir.incomplete` when there may be more than it shows.
 */
export async function findCopies(
  where: Where,
  sought: Sought,
  { thorough = false } = {},
): Promise<WrittenResource[] | null> {
  const aim = { type: sought.type, subjects: new Set(sought.subject === null ? [] : [sought.subject]) };
  const queries = queriesFor(where.capabilities, sought);
  let none: WrittenResource[] | null = null;
  for (const tried of thorough ? apart(queries) : [queries]) {
    const found = await gather(where, tried, aim);
    const ours = found && oursAmong(found, sought.type, sought.identifier);
    if (ours && ours.length > 0) return ours;
    none ??= ours;
  }
  return none;
}

/** What goes by the identifier, and what goes by the patient. */
function apart(queries: readonly Query[]): Query[][] {
  const groups = [true, false].map((by) => queries.filter((query) => 'identifier' in query === by));
  return groups.filter(({ length }) => length > 0);
}

/** What the first of these searches that this EHR carries out in full shows; null when it carries out none. */
export async function gather(
  where: Where,
  queries: readonly Query[],
  aim: Aim,
): Promise<FhirResource[] | null> {
  let cut = false;
  for (const query of queries) {
    const found = await tryQuery(where, query, aim);
    if (Array.isArray(found)) return found;
    cut ||= found === 'incomplete';
  }
  if (cut) throw incomplete();
  return null;
}

/** `unfit`: the EHR refuses or ignores this search. `incomplete`: it does not show all. */
async function tryQuery(
  { connected, capabilities }: Where,
  query: Query,
  aim: Aim,
): Promise<FhirResource[] | 'unfit' | 'incomplete'> {
  const found: FhirResource[] = [];
  const headers = headersForLookup(capabilities);
  try {
    for await (const page of pagesOf(connected.client, aim.type, { ...query, _count: '50' }, headers)) {
      // Without its filter this search would show the whole hospital's.
      if (page.ignoredParameter && 'identifier' in query) return 'unfit';
      found.push(...(await filled(connected, page.resources, aim)));
      if (page.incomplete) return 'incomplete';
    }
  } catch (error) {
    if (error instanceof FhirFault && [400, 403, 405, 422, 501].includes(error.status ?? 0)) return 'unfit';
    throw error;
  }
  return found;
}

/** Where the EHR keeps texts apart they are fetched, for only they tell whose a message is. */
async function filled(
  connected: Connected,
  resources: readonly FhirResource[],
  { subjects }: Aim,
): Promise<FhirResource[]> {
  const bases = basesOf(connected.connection);
  const whole: FhirResource[] = [];
  for (const resource of resources) {
    const apart = keepsTextsApart(resource, bases) && isAbout(resource, subjects);
    whole.push(apart ? await withPayload(connected, resource) : resource);
  }
  return whole;
}

/** Type and id alone: some servers write their base address before it. */
function isAbout({ subject }: { subject?: { reference?: string } }, subjects: ReadonlySet<string>): boolean {
  const reference = subject?.reference?.split('/').slice(-2).join('/');
  return reference === undefined || subjects.size === 0 || subjects.has(reference);
}
