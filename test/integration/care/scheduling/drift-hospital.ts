import { randomUUID } from 'node:crypto';
import type { Appointment } from 'fhir/r4.js';
import { PlanLoop } from '../../../../src/care/scheduling/application/plan-loop.js';
import { FhirFacade } from '../../../../src/exchange/fhir/index.js';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { systemContext } from '../../../../src/platform/context/context.js';
import { publicId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { startApp } from '../../../support/app.js';
import { rowsOf, setClock } from '../../exchange/fhir/database.js';
import { BEGIN, organizationOf } from '../../exchange/fhir/hospital.js';
import { startStandIn } from '../../exchange/fhir/stand-in.js';

export const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
export const SLUG = 'st-marys';

export interface Report {
  id: string;
  ehr_connection: string;
  nightly: boolean;
  from: string;
  until: string;
  state: string;
  fault_code: string | null;
  ehr: number;
  here: number;
  settling: number;
  differences: number;
  days: {
    day: string;
    facility: string | null;
    planned: number;
    differences: Record<string, number>;
    hidden: Record<string, number>;
    incomplete: { code: string; words: string }[];
  }[];
}

export interface Difference {
  kind: string;
  reference: string;
  appointment: string | null;
  day: string;
  facility: string | null;
  here: string | null;
  ehr: string | null;
}

interface Answer<T> {
  status: number;
  body: T;
}

/** Half past eleven in India, three days later. */
export const START = new Date(BEGIN.getTime() + 3 * DAY_MS);
export const at = (days: number): string => new Date(START.getTime() + days * DAY_MS).toISOString();

export const person = (
  reference: string,
  status = 'needs-action' as Appointment['participant'][number]['status'],
) => ({ actor: { reference }, status });

export type DriftHospital = Awaited<ReturnType<typeof openDriftHospital>>;

/** A hospital with an EHR and one that is away, synced with these visits and a group visit, which nobody has touched for a while. */
export async function openDriftHospital(visits: readonly string[]) {
  const ehr = await startStandIn(BEGIN);
  const main = organizationOf(SLUG, ehr.url, {}) as { ehr: object[] };
  const away = { ...main.ehr[0], name: 'away', baseUrl: 'http://127.0.0.1:1/fhir' };
  const reminders = [{ key: 'one-day', before: 'P1D', template: 'appointment_reminder' }];
  const organizations = [
    { ...main, reminders, ehr: [...main.ehr, away] },
    organizationOf('harbour', ehr.url, {}),
  ];
  // Loops stay asleep: what happens here is asked for here.
  const test = await startApp({ organizations }, 'web');
  const all = await test.app.get(OrganizationsFacade).all();
  const ctx = systemContext(all.find(({ slug }) => slug === SLUG)!.id, 'test');
  const connections = await test.app.get(FhirFacade).connections(ctx);
  const ids: Record<string, Uuid> = Object.fromEntries(connections.map(({ id, name }) => [name, id]));
  const patients = (await ehr.all(SLUG, 'Patient')).slice(0, 2).map(({ id }) => `Patient/${id}`);
  let minutes = 0;

  const both = () => [person(patients[0]!), person(patients[1]!), person('Location/1', 'accepted')];
  const made = (id: string, more: Partial<Appointment> = {}): Appointment => ({
    resourceType: 'Appointment',
    id,
    status: 'booked',
    start: START.toISOString(),
    end: new Date(START.getTime() + 30 * MINUTE_MS).toISOString(),
    participant: [person(patients[0]!), person('Location/1', 'accepted')],
    ...more,
  });
  /** Both clocks go on. */
  async function pass(by: number): Promise<void> {
    minutes += by;
    await ehr.advance(`PT${by}M`);
    await setClock(test.database, new Date(BEGIN.getTime() + minutes * MINUTE_MS));
  }

  async function call<T>(
    method: string,
    path: string,
    body?: object,
    organization = SLUG,
  ): Promise<Answer<T>> {
    const answer = await fetch(`${test.url}/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${test.apiKey}`,
        'x-organization': organization,
        ...(body && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      },
      body: body && JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as T };
  }

  async function sync(): Promise<void> {
    await test.app.get(FhirFacade).sync(ctx, ids['main']!);
    while ((await test.app.get(PlanLoop).claim(ctx)) > 0);
  }

  async function report(more: object = {}): Promise<Report> {
    const body = { ehr_connection: publicId('ehr', ids['main']!), ...more };
    const made = await call<Report>('POST', 'drift-reports', body);
    expect(made.status).toBe(201);
    return made.body;
  }

  async function differencesOf({ id }: Report): Promise<Difference[]> {
    return (await call<{ data: Difference[] }>('GET', `drift-reports/${id}/differences?limit=100`)).body.data;
  }

  const items = async (): Promise<{ state: string; detail: object }[]> =>
    rowsOf(
      test.database,
      `select state, detail, resolution from worklist.work_item where kind = 'ehr-drift'`,
    );
  const nightly = (name = 'main'): Promise<{ id: string; state: string; fault_code: string | null }[]> =>
    rowsOf(
      test.database,
      'select id, state, fault_code from scheduling.drift_report where night is not null and connection_id = $1',
      [ids[name]],
    );

  // Those that the data set has in disorder on purpose.
  for (const id of ['20198', '20199']) await ehr.remove(SLUG, 'Appointment', id);
  for (const id of visits) await ehr.put(SLUG, made(id));
  await ehr.put(SLUG, made('drift-group', { participant: both() }));
  await setClock(test.database, BEGIN);
  await sync();
  await pass(20);

  return {
    ...{ test, ehr, ctx, ids, patients, made, pass, sync, call, report, differencesOf, items, nightly },
    /** Since the beginning. */
    minutes: () => minutes,
    close: async () => {
      await test.close();
      await ehr.close();
    },
  };
}
