import { brokenPaging, FhirFault, notFhir, pageExpired } from '../infrastructure/fhir-fault.js';
import type { FhirClient, SearchParams } from '../infrastructure/fhir-client.js';
import { readSearchPage, type SearchPage } from '../domain/search-page.js';

/** Ten rows a page, which is little: a hospital's horizon is far below a hundred thousand visits. */
const PAGE_LIMIT = 10_000;

export interface DatedPage extends SearchPage {
  /** The EHR's own clock. */
  date: Date | null;
}

/**
 * Every page of a search. Throws `fhir.page-expired` when the EHR forgot the search, `fhir.page-loop`,
 * `fhir.too-many-pages`, `fhir.foreign-address`, and what a call throws.
 */
export async function* pagesOf(
  client: FhirClient,
  type: string,
  params: SearchParams,
  headers: Record<string, string> = {},
): AsyncGenerator<DatedPage> {
  const visited = new Set<string>();
  let answer = await client.search(type, params, { headers });
  for (;;) {
    const page = readSearchPage(answer.resource);
    if (!page) throw notFhir(answer.status);
    // The EHR makes the next page while this one is taken in; what fails with it is thrown after this one.
    const coming = page.next === null ? null : turn(client, page.next, visited);
    coming?.catch(() => undefined);
    yield { ...page, date: answer.date };
    if (!coming) return;
    answer = await coming;
  }
}

async function turn(client: FhirClient, link: string, visited: Set<string>): ReturnType<FhirClient['next']> {
  if (visited.has(link)) throw brokenPaging('fhir.page-loop');
  visited.add(link);
  if (visited.size >= PAGE_LIMIT) throw brokenPaging('fhir.too-many-pages');
  return follow(client, link);
}

/** Servers forget a search as 404 or 410, Epic as 400 with code 4113. */
async function follow(client: FhirClient, link: string): ReturnType<FhirClient['next']> {
  try {
    return await client.next(link);
  } catch (error) {
    if (error instanceof FhirFault && [400, 404, 410].includes(error.status ?? 0)) throw pageExpired();
    throw error;
  }
}
