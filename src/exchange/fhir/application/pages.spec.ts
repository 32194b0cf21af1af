import type { FhirClient } from '../infrastructure/fhir-client.js';
import { pagesOf } from './pages.js';

/** An EHR that has always one more page. */
function endless(linkOf: (page: number) => string): { client: FhirClient; asked: () => number } {
  let asked = 0;
  const page = () => {
    const link = [{ relation: 'next', url: linkOf(++asked) }];
    return Promise.resolve({
      resource: { resourceType: 'Bundle', type: 'searchset', link },
      status: 200,
      date: null,
    });
  };
  return { client: { search: page, next: page } as unknown as FhirClient, asked: () => asked };
}

async function readAll(client: FhirClient): Promise<number> {
  let read = 0;
  for await (const page of pagesOf(client, 'Appointment', {})) read += page.unreadable + 1;
  return read;
}

describe('case 11: pages without end', () => {
  it('that lead to themselves stop at the second sight', async () => {
    const { client, asked } = endless(() => '?page=2');
    await expect(readAll(client)).rejects.toMatchObject({ code: 'fhir.page-loop', retryable: false });
    expect(asked()).toBe(2);
  });

  it('that are always others stop at the ten thousandth', async () => {
    const { client, asked } = endless((page) => `?page=${page}`);
    await expect(readAll(client)).rejects.toMatchObject({ code: 'fhir.too-many-pages', retryable: false });
    expect(asked()).toBe(10_000);
  });
});
