import type { Appointment, Communication, FhirResource } from 'fhir/r4.js';
import type { DatasetName } from '../../../../src/sandbox/dataset/index.js';
import { startSandboxEhr } from '../../../../src/sandbox/ehr/index.js';

export interface HistoryEntry {
  hospital: string;
  method: string;
  interaction: string;
  resourceType?: string;
  id?: string;
  status: number;
  ifMatch: boolean;
  ifNoneExist: boolean;
}

export interface Fault {
  name: string;
  hospital?: string;
  count?: number;
  seconds?: number;
  form?: 'seconds' | 'date';
  ms?: number;
  status?: number;
  origin?: string;
  versions?: 'newer' | 'older';
  match?: { method?: string; resourceType?: string; interaction?: string };
}

export type StandIn = Awaited<ReturnType<typeof startStandIn>>;

/** The sandbox EHR and its side door, over HTTP. */
export async function startStandIn(
  now: Date,
  { seed = 1, dataset }: { seed?: number; dataset?: DatasetName } = {},
) {
  const { url, close } = await startSandboxEhr({ seed, now, ...(dataset && { dataset }) });

  async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${url}/control/${path}`, { method, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`the stand-in answers ${answer.status}`);
    return (await answer.json()) as T;
  }

  const at = (slug: string, type: string, id?: string): string =>
    `hospitals/${slug}/${type}${id === undefined ? '' : `/${id}`}`;

  return {
    url,
    close,
    control,
    all: <R extends FhirResource>(slug: string, type: string) => control<R[]>('GET', at(slug, type)),
    visit: (slug: string, id: string) => control<Appointment>('GET', at(slug, 'Appointment', id)),
    communications: (slug: string) => control<Communication[]>('GET', at(slug, 'Communication')),
    /** From now on the hospital's EHR behaves like another vendor's. */
    become: (slug: string, name: string) => control('PUT', `hospitals/${slug}/profile`, { name }),
    put: (slug: string, resource: FhirResource) =>
      control<FhirResource>('PUT', at(slug, resource.resourceType, resource.id), resource),
    merge: (slug: string, type: string, id: string, change: object) =>
      control('PATCH', at(slug, type, id), change),
    remove: (slug: string, type: string, id: string) => control('DELETE', at(slug, type, id)),
    profile: (slug: string, name: string) => control('PUT', `hospitals/${slug}/profile`, { name }),
    fault: (fault: Fault) => control('POST', 'faults', fault),
    /** Resolves once so many answers are held back. */
    held: async (count: number) => {
      const look = () => control<{ held: number }>('GET', 'faults/held');
      while ((await look()).held < count) await new Promise((resolve) => setTimeout(resolve, 10));
    },
    release: () => control('POST', 'faults/release'),
    clearFaults: () => control('DELETE', 'faults'),
    /** How far this hospital's server is from the right time: `PT10M`, `-PT10M`. */
    skew: (slug: string, skew: string) => control('PUT', `hospitals/${slug}/clock`, { skew }),
    play: (slug: string, name: string) =>
      control<{ at: string; references: string[] }>('POST', `hospitals/${slug}/events`, { name }),
    advance: (duration: string) => control('POST', 'clock', { advance: duration }),
    history: async (since = 0) =>
      (await control<{ data: HistoryEntry[] }>('GET', `history?since=${since}`)).data,
  };
}
