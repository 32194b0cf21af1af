import type { FhirResource } from 'fhir/r4.js';
import { basesOf } from '../domain/connection.js';
import type { Capabilities } from '../domain/capabilities.js';
import { headersForLookup } from '../domain/lookup-headers.js';
import { type Forms, type Query, type Sought, waysTo } from '../domain/lookup.js';
import type { WrittenResource, WrittenType } from '../domain/writes.js';
import { keyIn, oursAmong } from '../domain/written-match.js';
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

interface How {
  thorough?: boolean;
  /** Ids of copies that are not looked for. */
  except?: readonly string[];
}

/**
 * `unfit`: the EHR refuses or ignores this search. `incomplete`: it does not show all. `gone`: it has nobody whom this
 * search is about.
 */
type Shown = FhirResource[] | 'unfit' | 'incomplete' | 'gone';

type State = 'whole' | 'unfit' | 'incomplete';

/**
 * What the EHR shows of ours, the best first; null when no search of it can tell. `thorough`, for what may be there
 * already: where one way shows none the next is tried too, because an EHR may drop what the first one goes by.
 * Throws as a search does, and `fhir.incomplete` when there may be more than it shows.
 */
export async function findCopies(
  where: Where,
  sought: Sought,
  { thorough = false, except = [] }: How = {},
): Promise<WrittenResource[] | null> {
  const aim = { type: sought.type, subjects: new Set(sought.subjects) };
  const states: State[] = [];
  for (const searches of waysTo(where.capabilities, sought)) {
    const { found, state } = await all(where, searches, aim);
    const ours = oursAmong(found, sought.type, sought.identifier).filter(({ id }) => !except.includes(id!));
    if (ours.length > 0) return ours;
    if (state === 'whole' && !thorough) return [];
    states.push(state);
  }
  if (states.includes('incomplete')) throw incomplete();
  return states.includes('whole') ? [] : null;
}

/** What all of these searches show together: whole only when each was carried out. */
async function all(
  where: Where,
  searches: readonly Forms[],
  aim: Aim,
): Promise<{ found: FhirResource[]; state: State }> {
  const shown: Shown[] = [];
  for (const forms of searches) shown.push(await first(where, forms, aim));
  const found = shown.filter((one) => Array.isArray(one));
  if (shown.includes('incomplete')) return { found: found.flat(), state: 'incomplete' };
  // Nothing lies under a patient whom the EHR merged away, if it answers for another one.
  const whole = found.length > 0 && !shown.includes('unfit');
  return { found: found.flat(), state: whole ? 'whole' : 'unfit' };
}

/** What the first of these forms that this EHR carries out in full shows; null when it carries out none. */
export async function gather(where: Where, forms: Forms, aim: Aim): Promise<FhirResource[] | null> {
  const shown = await first(where, forms, aim);
  if (shown === 'incomplete') throw incomplete();
  return Array.isArray(shown) ? shown : null;
}

async function first(where: Where, forms: Forms, aim: Aim): Promise<Shown> {
  let last: Exclude<Shown, FhirResource[]> = 'unfit';
  for (const query of forms) {
    const shown = await tryQuery(where, query, aim);
    if (Array.isArray(shown) || shown === 'gone') return shown;
    if (last !== 'incomplete') last = shown;
  }
  return last;
}

async function tryQuery({ connected, capabilities }: Where, query: Query, aim: Aim): Promise<Shown> {
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
    return meaningOf(error);
  }
  return found;
}

function meaningOf(error: unknown): 'unfit' | 'gone' {
  // Behind break-the-glass another form of the same question would be another break-in.
  if (!(error instanceof FhirFault) || error.code === 'fhir.restricted') throw error;
  const status = error.status ?? 0;
  if ([400, 403, 405, 422, 501].includes(status)) return 'unfit';
  if ([301, 302, 307, 308, 404, 410].includes(status) && error.foreign === null) return 'gone';
  throw error;
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

function isAbout({ subject }: { subject?: { reference?: string } }, subjects: ReadonlySet<string>): boolean {
  const reference = keyIn(subject?.reference);
  return reference === undefined || subjects.size === 0 || subjects.has(reference);
}
