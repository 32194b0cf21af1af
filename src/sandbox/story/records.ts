import { createHash } from 'node:crypto';
import type { Appointment, Communication, Patient } from 'fhir/r4.js';
import { NotHeld, type Hospital, type Story } from './story.js';

/** The parts of the product's answers and of the stand-ins' histories that the story looks at. */
export interface ProductReminder {
  id: string;
  rule: string;
  state: 'planned' | 'handed' | 'withdrawn' | 'skipped' | 'expired';
  reason: string | null;
  due_at: string;
  message_state: string | null;
  message_reason: string | null;
}

export interface ProductAppointment {
  id: string;
  reference: string;
  patient: string;
  status: string;
  participant_status: string;
  start: string | null;
  reminders: ProductReminder[];
}

export interface ProductPatient {
  id: string;
  reference: string;
  ehr_connection: string;
}

export interface SentMessage {
  n: number;
  wamid: string;
  to: string;
  type: string;
  text?: string;
  phone_number_id: string;
}

export async function appointmentsOf(hospital: Hospital): Promise<ProductAppointment[]> {
  return inOrder(await hospital.product.all<ProductAppointment>('/v1/appointments'));
}

export async function patientsOf(hospital: Hospital): Promise<ProductPatient[]> {
  return inOrder(await hospital.product.all<ProductPatient>('/v1/patients'));
}

/** By the EHR's ids, so that a seed chooses the same people in every run. */
function inOrder<T extends { reference: string }>(rows: T[]): T[] {
  return rows.toSorted((a, b) => a.reference.localeCompare(b.reference));
}

export function ehrAppointment(story: Story, hospital: Hospital, reference: string): Promise<Appointment> {
  return story.ehr<Appointment>(`hospitals/${hospital.slug}/${reference}`);
}

export function ehrAppointments(story: Story, hospital: Hospital): Promise<Appointment[]> {
  return story.ehr<Appointment[]>(`hospitals/${hospital.slug}/Appointment`);
}

export function ehrPatients(story: Story, hospital: Hospital): Promise<Patient[]> {
  return story.ehr<Patient[]>(`hospitals/${hospital.slug}/Patient`);
}

/** Tells whether two runs had the same, without saying what. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}

export function ehrCommunications(story: Story, hospital: Hospital): Promise<Communication[]> {
  return story.ehr<Communication[]>(`hospitals/${hospital.slug}/Communication`);
}

/** Every message that Meta's stand-in accepted for this hospital, oldest first. */
export async function sentBy(story: Story, hospital: Hospital): Promise<SentMessage[]> {
  const { data } = await story.whatsapp<{ data: SentMessage[] }>(
    `messages?phone_number_id=${hospital.phoneNumberId}`,
  );
  return data;
}

export async function sentTo(story: Story, hospital: Hospital, number: string): Promise<SentMessage[]> {
  return (await sentBy(story, hospital)).filter((message) => message.to === number);
}

/** Enough digits to tell the sandbox's numbers apart, however the EHR writes them. */
const TELLING_DIGITS = 9;

/** The WhatsApp numbers that belong to exactly one patient, by patient reference. */
export async function ownNumbers(story: Story, hospital: Hospital): Promise<Map<string, string>> {
  const patients = await ehrPatients(story, hospital);
  const used = new Set((await sentBy(story, hospital)).map(({ to }) => to));
  const owners = new Map<string, string[]>();
  for (const patient of patients) {
    for (const tail of new Set(tailsOf(patient))) {
      const number = [...used].find((to) => to.endsWith(tail));
      if (number) owners.set(number, [...(owners.get(number) ?? []), `Patient/${patient.id}`]);
    }
  }
  const single = [...owners].filter(([, references]) => references.length === 1);
  return new Map(single.map(([number, [reference]]) => [reference!, number]));
}

function tailsOf(patient: Patient): string[] {
  const digits = (patient.telecom ?? []).map((point) => (point.value ?? '').replaceAll(/\D/g, ''));
  return digits
    .filter((number) => number.length >= TELLING_DIGITS)
    .map((number) => number.slice(-TELLING_DIGITS));
}

/** A visit ahead whose patient holds exactly one reminder on a number of their own: a tap can mean no other. */
export interface Reminded {
  appointment: ProductAppointment;
  patient: string;
  number: string;
  wamid: string;
}

const REACHED = new Set(['accepted', 'sent', 'delivered', 'read']);

export async function remindedPatients(story: Story, hospital: Hospital): Promise<Reminded[]> {
  const [appointments, numbers, messages, patients] = await Promise.all([
    appointmentsOf(hospital),
    ownNumbers(story, hospital),
    sentBy(story, hospital),
    patientsOf(hospital),
  ]);
  const { now } = await story.ehr<{ now: string }>('state');
  const references = new Map(patients.map((patient) => [patient.id, patient.reference]));
  return appointments.flatMap((appointment) => {
    const patient = references.get(appointment.patient) ?? '';
    const number = numbers.get(patient);
    const mine = messages.filter((message) => message.to === number);
    const reached = appointment.reminders.some((step) => REACHED.has(step.message_state ?? ''));
    const ahead = appointment.start !== null && Date.parse(appointment.start) > Date.parse(now);
    const booked = appointment.status === 'booked' && appointment.participant_status !== 'accepted';
    if (!number || mine.length !== 1 || !reached || !ahead || !booked) return [];
    return [{ appointment, patient, number, wamid: mine[0]!.wamid }];
  });
}

/** A patient with a number of their own who has heard from the hospital and has not written or tapped yet. */
export interface Reached {
  /** `pat_…` */
  patient: string;
  number: string;
}

export async function reachedPatients(story: Story, hospital: Hospital): Promise<Reached[]> {
  const [numbers, messages, patients] = await Promise.all([
    ownNumbers(story, hospital),
    sentBy(story, hospital),
    patientsOf(hospital),
  ]);
  // Texts are sent only to those who wrote or tapped.
  const heard = new Set(messages.filter(({ type }) => type === 'text').map(({ to }) => to));
  return patients.flatMap(({ id, reference }) => {
    const number = numbers.get(reference);
    return number && !heard.has(number) ? [{ patient: id, number }] : [];
  });
}

/** The n-th choice of this seed among the candidates. */
export function choose<T>(story: Story, candidates: readonly T[], what: string): T {
  const chosen = candidates[(story.seed * 7 + 3) % Math.max(candidates.length, 1)];
  if (chosen === undefined) throw new NotHeld(`there is no ${what} to go on with`);
  return chosen;
}
