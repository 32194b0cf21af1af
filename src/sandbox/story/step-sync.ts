import type { Appointment } from 'fhir/r4.js';
import { BEGINNING } from '../run/sandbox.js';
import { appointmentsOf, ehrAppointments, ehrPatients, fingerprint } from './records.js';
import { type EhrCan, type Figures, type Hospital, NotHeld, type Story } from './story.js';

interface SyncAnswer {
  id: string;
  quarantined?: Record<string, number>;
}

/** The product knows the visits that the EHR has: each is there, or was set aside with a reason. */
export async function sync(story: Story): Promise<Figures> {
  const figures: Figures = {};
  for (const hospital of story.hospitals) figures[hospital.slug] = await syncOne(story, hospital);
  return figures;
}

async function syncOne(story: Story, hospital: Hospital): Promise<Figures> {
  const [connection] = await hospital.product.all<{ id: string }>('/v1/ehr-connections');
  if (!connection) throw new NotHeld(`${hospital.slug} has no EHR connection`);
  const answer = await hospital.product.post<SyncAnswer>(`/v1/ehr-connections/${connection.id}/sync`);
  await story.settle();
  hospital.can = await hospital.product.get<EhrCan>(`/v1/ehr-connections/${connection.id}/capabilities`);
  const known = new Set((await appointmentsOf(hospital)).map(({ reference }) => reference));
  const expected = (await ehrAppointments(story, hospital)).filter(isPlainlyAhead);
  const missing = expected.filter(({ id }) => !known.has(`Appointment/${id}`));
  const figures = {
    expected: expected.length,
    known: known.size,
    missing: missing.length,
    sync: answer,
    appointment_write: hospital.can.appointment_write,
    summary_carrier: hospital.can.summary_carrier,
    names: fingerprint((await ehrPatients(story, hospital)).map(({ name }) => name)),
    times: fingerprint(expected.map(({ start }) => start)),
  };
  if (expected.length === 0 || missing.length > 0)
    throw new NotHeld(`${hospital.slug}: visits are missing`, figures);
  return figures;
}

const DAY_MS = 86_400_000;
const HORIZON_DAYS = 40;

/** A sound row of a visit to come, well inside the horizon. */
function isPlainlyAhead(appointment: Appointment): boolean {
  const { start, end, status } = appointment;
  if (status !== 'booked' || !start || !/(Z|[+-]\d{2}:\d{2})$/.test(start)) return false;
  const begins = Date.parse(start);
  const patients = appointment.participant.filter(({ actor }) => actor?.reference?.startsWith('Patient/'));
  const sound = patients.length === 1 && (!end || Date.parse(end) >= begins);
  return sound && begins > Date.parse(BEGINNING) && begins < Date.parse(BEGINNING) + HORIZON_DAYS * DAY_MS;
}
