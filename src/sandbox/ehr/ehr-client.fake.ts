import type { Bundle, OperationOutcome } from 'fhir/r4.js';
import type { Resource, StoredResource } from './resource.js';
import { type SandboxEhrOptions, startSandboxEhr } from './index.js';

export interface FhirAnswer {
  status: number;
  headers: Headers;
  body: StoredResource;
}

export type TestEhr = Awaited<ReturnType<typeof openTestEhr>>;

export const NOW = new Date('2026-11-23T06:00:00Z');

/** A running stand-in and a client that speaks to it over HTTP. */
export async function openTestEhr(options: Partial<SandboxEhrOptions> = {}) {
  const { url, close } = await startSandboxEhr({ seed: 1, now: NOW, ...options });

  async function fhir(path: string, init: RequestInit = {}): Promise<FhirAnswer> {
    const response = await fetch(path.startsWith('http') ? path : `${url}/${path}`, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as StoredResource,
    };
  }

  const write =
    (method: string) =>
    (path: string, body: unknown, headers: Record<string, string> = {}) => {
      const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json';
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return fhir(path, { method, body: text, headers: { 'content-type': type, ...headers } });
    };

  async function control<T = StoredResource>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${url}/control/${path}`, { method, body: JSON.stringify(body) });
    // Not `json()`: its lists would be of another realm than the test's.
    return JSON.parse(await response.text()) as T;
  }

  const all = (slug: string, type: string) => control<StoredResource[]>('GET', `hospitals/${slug}/${type}`);

  return { url, close, fhir, control, all, post: write('POST'), put: write('PUT'), patch: write('PATCH') };
}

export const bundleOf = ({ body }: FhirAnswer): Bundle => body as unknown as Bundle;

export const rowsOf = (answer: FhirAnswer, mode = 'match'): Resource[] =>
  (bundleOf(answer).entry ?? [])
    .filter(({ search }) => search?.mode === mode)
    .map(({ resource }) => resource as unknown as Resource);

export const idsOf = (answer: FhirAnswer): string[] => rowsOf(answer).map(({ id }) => id as string);

export const nextOf = (answer: FhirAnswer): string | undefined =>
  bundleOf(answer).link?.find(({ relation }) => relation === 'next')?.url;

/** Every match of a search, page by page. */
export async function crawl(ehr: TestEhr, path: string): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | undefined = path; next;) {
    const answer = await ehr.fhir(next);
    ids.push(...idsOf(answer));
    next = nextOf(answer);
  }
  return ids;
}

export const codesOf = ({ body }: FhirAnswer): (string | undefined)[] =>
  (body as unknown as OperationOutcome).issue.map(({ code }) => code);
