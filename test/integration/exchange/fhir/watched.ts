import type { Appointment, FhirResource } from 'fhir/r4.js';
import { AppointmentsChanged, PatientsChanged } from '../../../../src/exchange/fhir/events.js';
import type { FhirPage } from '../../../../src/exchange/fhir/index.js';
import { Listeners } from '../../../../src/platform/jobs/listeners.js';
import { BEGIN, type Hospital } from './hospital.js';

export const NOTHING = { Patient: 0, Practitioner: 0, Location: 0, Appointment: 0 };
export const DAY_MS = 86_400_000;

export type Seen = { type: string; changed: string[]; gone: string[] };

/** Remembers what the sinks were given, and lets events become jobs that nobody runs. */
export function watch({ platform, fhir }: Hospital): Seen[] {
  const seen: Seen[] = [];
  const fhirIds = (rows: { fhirId: string }[]): string[] => rows.map(({ fhirId }) => fhirId);
  const note =
    (type: string) =>
    async (_: unknown, page: FhirPage<FhirResource>): Promise<void> => {
      seen.push({ type, changed: fhirIds(page.changed), gone: fhirIds(page.gone) });
    };
  for (const type of ['Appointment', 'Location', 'Patient', 'Practitioner'] as const)
    fhir.onPage(type, note(type));
  const listeners = platform.app.get(Listeners, { strict: false });
  listeners.on(AppointmentsChanged, 'test.appointments@1', async () => undefined);
  listeners.on(PatientsChanged, 'test.patients@1', async () => undefined);
  return seen;
}

/** A booked visit a few days ahead, the same for every run. */
export async function aVisit({ ehr, slug }: Hospital, skip = 0): Promise<Appointment> {
  const visits = await ehr.all<Appointment>(slug, 'Appointment');
  const sound = visits.filter(
    ({ status, start, end, participant }) =>
      status === 'booked' &&
      /Z$|[+-]\d\d:\d\d$/.test(start ?? '') &&
      Date.parse(start!) > BEGIN.getTime() + 3 * DAY_MS &&
      Date.parse(start!) < BEGIN.getTime() + 20 * DAY_MS &&
      Date.parse(end!) > Date.parse(start!) &&
      participant.some(({ actor }) => actor?.reference?.startsWith('Patient/')),
  );
  return sound[skip]!;
}
