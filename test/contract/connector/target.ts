import type { Communication } from 'fhir/r4.js';
import { ReadHints } from '../../../src/exchange/fhir/application/hints/read-hints.js';
import { Probe } from '../../../src/exchange/fhir/application/probe.js';
import type { Capabilities } from '../../../src/exchange/fhir/domain/capabilities.js';
import type { SyncFigures } from '../../../src/exchange/fhir/domain/figures.js';
import { FhirFacade } from '../../../src/exchange/fhir/index.js';
import { Clients } from '../../../src/exchange/fhir/infrastructure/clients.js';
import { OrganizationsFacade } from '../../../src/foundation/organizations/index.js';
import { type Context, systemContext } from '../../../src/platform/context/context.js';
import type { Uuid } from '../../../src/platform/ids/ids.js';
import { rowsOf, setClock } from '../../integration/exchange/fhir/database.js';
import { startApp } from '../../support/app.js';

/** What is read beside visits, where an EHR has it. */
export const BESIDE = [
  'CareTeam',
  'Consent',
  'HealthcareService',
  'PractitionerRole',
  'RelatedPerson',
  'Schedule',
  'Slot',
] as const;
export type BesideType = (typeof BESIDE)[number];

/** One EHR that the suite is run against. */
export interface Target {
  name: string;
  /** Without it nothing is sent that changes anything. */
  mayWrite: boolean;
  /** What the vendor's row of the reference promises; nothing is known of a server by its address alone. */
  promises: Partial<Capabilities>;
  /** Of `BESIDE`, what the vendor's row does not offer; null: nothing is known of that. */
  lacks: readonly BesideType[] | null;
  open(): Promise<Opened>;
}

/** A visit as the EHR has it. */
export interface SeenVisit {
  id: string;
  versionId: string | undefined;
}

/** The EHR seen past the connector, as far as that can be. */
export interface Witness {
  /** Visits that must be known here after a sync, given those that are. */
  visits(known: readonly string[]): Promise<SeenVisit[]>;
  /** A visit to come that nobody minds to see confirmed and cancelled; null when there is none. */
  visitToChange(): Promise<string | null>;
  /** `Patient/1`: somebody to write about. */
  patient(): Promise<string>;
  /** Id of a record of this type that is there; null: nobody knows one. */
  example(type: BesideType): Promise<string | null>;
  /** A service whose Slots are looked for; null: any. */
  service(): Promise<string | null>;
  /** Every Communication with this identifier, or with its line in the text. */
  copies(written: Communication): Promise<Communication[]>;
  /** Until searches show what was written. */
  catchUp(): Promise<void>;
}

export interface Connector {
  fhir: FhirFacade;
  ctx: Context;
  connectionId: Uuid;
  url: string;
  probe: Probe;
  hints: ReadHints;
  clients: Clients;
  rows<R>(text: string, parameters?: unknown[]): Promise<R[]>;
  setClock(at: Date): Promise<void>;
  close(): Promise<void>;
}

export interface Opened extends Connector {
  witness: Witness;
  now: Date;
  /** One sync, and what is hinted at beside it. */
  sync(): Promise<SyncFigures>;
}

/** The product with one hospital and this connection. Nothing runs by itself. */
export async function openConnector(connection: object): Promise<Connector> {
  const hospital = {
    slug: 'contract',
    name: 'Contract',
    timeZone: 'America/New_York',
    country: 'US',
    languages: ['en'],
    ehr: [{ name: 'main', ...connection }],
  };
  const test = await startApp({ organizations: [hospital] }, 'web');
  const get = <T>(type: new (...given: never[]) => T): T => test.app.get(type, { strict: false });
  const [organization] = await get(OrganizationsFacade).all();
  const ctx = systemContext(organization!.id, 'contract');
  const fhir = get(FhirFacade);
  const [found] = await fhir.connections(ctx);
  return {
    fhir,
    ctx,
    connectionId: found!.id,
    url: test.url,
    probe: get(Probe),
    hints: get(ReadHints),
    clients: get(Clients),
    rows: (text, parameters) => rowsOf(test.database, text, parameters),
    setClock: (at) => setClock(test.database, at),
    close: () => test.close(),
  };
}
