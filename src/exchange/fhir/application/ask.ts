import type { FhirResource } from 'fhir/r4.js';
import type { ResourceKey } from '../domain/reference.js';
import { readSearchPage, type SearchPage } from '../domain/search-page.js';
import type { FhirClient, SearchParams } from '../infrastructure/fhir-client.js';
import { FhirFault, notFhir } from '../infrastructure/fhir-fault.js';

/**
 * What an EHR made of a question that is asked only to learn whether it is answered. `ignored`: it answered another
 * one. `unanswered`: it was away, slow or something else spoke, which tells nothing.
 */
export type Asked =
  | { state: 'answered'; page: SearchPage }
  | { state: 'ignored' }
  | { state: 'refused'; fault: FhirFault }
  | { state: 'unanswered'; fault: FhirFault };

interface Question {
  type: string;
  params: SearchParams;
  by: 'get' | 'post';
}

/** The first page of a search, asked for once. Throws `fhir.unauthorised`. */
export async function ask(client: FhirClient, { type, params, by }: Question): Promise<Asked> {
  try {
    const answer = await client.search(type, params, { by, once: true });
    const page = readSearchPage(answer.resource);
    if (!page) throw notFhir(answer.status);
    return page.ignoredParameter ? { state: 'ignored' } : { state: 'answered', page };
  } catch (error) {
    return failed(error);
  }
}

type ReadOnce =
  | { state: 'answered'; resource: FhirResource }
  | { state: 'refused'; fault: FhirFault }
  | { state: 'unanswered'; fault: FhirFault };

/** One record, asked for once. Throws `fhir.unauthorised`. */
export async function readOnce(client: FhirClient, { type, id }: ResourceKey): Promise<ReadOnce> {
  try {
    const { resource, status } = await client.read(type, id, { once: true });
    if (resource.id !== id) throw notFhir(status);
    return { state: 'answered', resource };
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): { state: 'refused' | 'unanswered'; fault: FhirFault } {
  if (!(error instanceof FhirFault) || error.status === 401) throw error;
  const refused = error.status !== null && !error.retryable;
  return { state: refused ? 'refused' : 'unanswered', fault: error };
}
