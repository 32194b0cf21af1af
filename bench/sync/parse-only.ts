import { Client } from 'undici';
import { FhirClient } from '../../src/exchange/fhir/infrastructure/fhir-client.js';
import { serve } from './process.js';

export interface ParseQuestion {
  /** `parse`: with the product's client, as a sync fetches them. `bytes`: only the stub's speed. */
  how: 'parse' | 'bytes';
  baseUrl: string;
  pages: string[];
}

serve<ParseQuestion>(({ how, baseUrl, pages }) =>
  how === 'parse' ? parse(baseUrl, pages) : read(baseUrl, pages),
);

/** Milliseconds to fetch and parse all pages: each is asked for while the one before is looked at. */
async function parse(baseUrl: string, pages: string[]): Promise<number> {
  const client = new FhirClient({
    baseUrl,
    auth: { type: 'none' },
    allowPrivateNetwork: true,
    requestsPerSecond: 1_000,
    concurrency: 32,
  });
  const began = performance.now();
  let coming = client.next(pages[0]!);
  for (let place = 1; place <= pages.length; place++) {
    const { resource } = await coming;
    if (!Array.isArray(resource.entry)) throw new Error('a page is no Bundle');
    if (place < pages.length) coming = client.next(pages[place]!);
  }
  const tookMs = performance.now() - began;
  await client.close();
  return tookMs;
}

async function read(baseUrl: string, pages: string[]): Promise<number> {
  const { origin, pathname } = new URL(baseUrl);
  const client = new Client(origin);
  const began = performance.now();
  for (const page of pages) {
    const { body } = await client.request({ path: `${pathname}/${page}`, method: 'GET' });
    await body.dump({ limit: 10_000_000 });
  }
  const tookMs = performance.now() - began;
  await client.close();
  return tookMs;
}
