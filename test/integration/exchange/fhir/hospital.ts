import type { Type } from '@nestjs/common';
import { Sync } from '../../../../src/exchange/fhir/application/sync.js';
import { FhirFacade, FhirModule } from '../../../../src/exchange/fhir/index.js';
import { PatientsModule } from '../../../../src/exchange/patients/index.js';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { type Context, systemContext } from '../../../../src/platform/context/context.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import type { Uuid } from '../../../../src/platform/ids/ids.js';
import type { SyncFigures } from '../../../../src/exchange/fhir/domain/figures.js';
import type { DatasetName } from '../../../../src/sandbox/dataset/index.js';
import { startPlatform, type TestPlatform } from '../../../support/platform.js';
import { startStandIn, type StandIn } from './stand-in.js';
import { setClock, rowsOf } from './database.js';

export const BEGIN = new Date('2026-11-23T06:00:00Z');

/** Zone and country of the hospitals that a data set may have. */
const PLACES = {
  'st-marys': { timeZone: 'Asia/Kolkata', country: 'IN' },
  harbour: { timeZone: 'America/New_York', country: 'US' },
  island: { timeZone: 'Australia/Lord_Howe', country: 'AU' },
};
export type Slug = keyof typeof PLACES;

export interface Hospital {
  platform: TestPlatform;
  /** Throws where the settings name an EHR of the test's own. */
  readonly ehr: StandIn;
  ctx: Context;
  connectionId: Uuid;
  fhir: FhirFacade;
  transactions: Transactions;
  slug: string;
  sync(): Promise<SyncFigures>;
  rows<R>(text: string): Promise<R[]>;
  close(): Promise<void>;
}

interface OpenOptions {
  role?: 'web' | 'all';
  dataset?: DatasetName;
  /** Beside those of the EHR and its patients. */
  modules?: Type[];
  publicUrl?: string | null;
}

/** One hospital of the stand-in, connected, nothing synced yet. In role `web` loops do not run by themselves. */
export async function openHospital(
  slug: Slug,
  ehrSettings: Record<string, unknown> = {},
  { role = 'web', dataset = 'small', modules = [], publicUrl = null }: OpenOptions = {},
): Promise<Hospital> {
  const baseUrl = ehrSettings['baseUrl'];
  const [standIn, platform] = await Promise.all([
    baseUrl === undefined ? startStandIn(BEGIN, { dataset }) : null,
    startPlatform([FhirModule, PatientsModule, ...modules], role, { publicUrl }),
  ]);
  const { app, database } = platform;
  await setClock(database, BEGIN);
  const organizations = app.get(OrganizationsFacade, { strict: false });
  await organizations.applySetup({ organizations: [organizationOf(slug, standIn?.url ?? '', ehrSettings)] });
  const id = (await organizations.all())[0]!.id;
  const ctx = systemContext(id, 'test');
  const fhir = app.get(FhirFacade, { strict: false });
  const [connection] = await fhir.connections(ctx);
  return {
    platform,
    get ehr() {
      if (!standIn) throw new Error('this hospital has an EHR of the test’s own');
      return standIn;
    },
    ctx,
    slug,
    fhir,
    connectionId: connection!.id,
    transactions: app.get(Transactions, { strict: false }),
    sync: () => app.get(Sync, { strict: false }).runNow(ctx, connection!.id),
    rows: (text) => rowsOf(database, text),
    close: async () => {
      await platform.close();
      await standIn?.close();
    },
  };
}

export function organizationOf(slug: Slug, ehrUrl: string, more: Record<string, unknown>): object {
  return {
    slug,
    name: slug,
    ...PLACES[slug],
    languages: ['en'],
    ehr: [
      {
        name: 'main',
        baseUrl: `${ehrUrl}/${slug}/fhir`,
        budget: { requestsPerSecond: 1000, concurrency: 8 },
        allowPrivateNetwork: true,
        ...more,
      },
    ],
  };
}
