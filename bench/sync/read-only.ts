import type { Appointment, FhirResource, Location, Patient } from 'fhir/r4.js';
import { Client } from 'undici';
import {
  locationName,
  locationZone,
  readAppointment,
} from '../../src/care/scheduling/infrastructure/visit.fhir-mapper.js';
import { checkRow } from '../../src/exchange/fhir/domain/row-checks.js';
import type { FollowedType } from '../../src/exchange/fhir/domain/rows.js';
import { readSearchPage } from '../../src/exchange/fhir/domain/search-page.js';
import { fixedCredentials } from '../../src/exchange/fhir/infrastructure/auth/credentials.js';
import { type FhirAnswer, FhirClient } from '../../src/exchange/fhir/infrastructure/fhir-client.js';
import {
  ageStageOf,
  isDeceased,
  languageOf,
  namesIn,
} from '../../src/exchange/patients/domain/person.policy.js';
import { reachableAt } from '../../src/exchange/patients/domain/telecom.policy.js';
import { serve } from '../support/program.js';

export interface ReadQuestion {
  /**
   * `rows`: fetched and parsed with the product's client; each resource once, checked and read as the product does
   * (names, language, numbers, times). No hash, no key, no seal, no database. `json`: only fetched and parsed with the
   * product's client. `bytes`: only the stub's speed.
   */
  how: 'rows' | 'json' | 'bytes';
  baseUrl: string;
  pages: string[];
}

type Take = (answer: FhirAnswer<FhirResource>) => void;

serve<ReadQuestion>(({ how, baseUrl, pages }) => {
  if (how === 'bytes') return bytes(baseUrl, pages);
  return timed(baseUrl, pages, how === 'rows' ? rowsReader(baseUrl) : assertPage);
});

/** Milliseconds for all pages: each is asked for while the one before is looked at. */
async function timed(baseUrl: string, pages: string[], take: Take): Promise<number> {
  const client = new FhirClient({
    baseUrl,
    alternateBaseUrls: [],
    onForeign: () => Promise.resolve(),
    onRestricted: () => Promise.resolve(),
    credentials: fixedCredentials({ type: 'none' }),
    allowPrivateNetwork: true,
    requestsPerSecond: 1_000,
    concurrency: 32,
  });
  const began = performance.now();
  let coming = client.next(pages[0]!);
  for (let place = 1; place <= pages.length; place++) {
    const answer = await coming;
    if (place < pages.length) coming = client.next(pages[place]!);
    take(answer);
  }
  const tookMs = performance.now() - began;
  await client.close();
  return tookMs;
}

function assertPage({ resource }: FhirAnswer<FhirResource>): void {
  if (resource.resourceType !== 'Bundle' || !Array.isArray(resource.entry))
    throw new Error('a page is no Bundle');
}

function rowsReader(baseUrl: string): Take {
  const seen = new Set<string>();
  const now = new Date();
  return ({ resource: page }) => {
    for (const resource of readSearchPage(page)!.resources) {
      const key = `${resource.resourceType}/${resource.id}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (checkRow(resource.resourceType as FollowedType, resource, baseUrl).state === 'valid')
        read(resource, now);
    }
  };
}

function read(resource: FhirResource, now: Date): object {
  if (resource.resourceType === 'Patient') return person(resource, now);
  if (resource.resourceType === 'Location') return place(resource);
  return resource.resourceType === 'Appointment' ? readAppointment(resource satisfies Appointment) : {};
}

const AGES = { majorityAge: 18, confidentialFrom: null };

function person(patient: Patient, now: Date): object {
  return {
    ...namesIn(patient),
    language: languageOf(patient),
    deceased: isDeceased(patient),
    ...ageStageOf(patient.birthDate ?? null, now.toISOString().slice(0, 10), AGES),
    ...reachableAt(patient, { country: 'US', timeZone: 'UTC', now }),
  };
}

function place(location: Location): object {
  return { name: locationName(location), zone: locationZone(location) };
}

async function bytes(baseUrl: string, pages: string[]): Promise<number> {
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
