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

export const appointmentsOf = (hospital: Hospital): Promise<ProductAppointment[]> =>
  hospital.product.all<ProductAppointment>('/v1/appointments');

export const patientsOf = (hospital: Hospital): Promise<ProductPatient[]> =>
  hospital.product.all<ProductPatient>('/v1/patients');

export function ehrAppointment(story: Story, hospital: Hospital, reference: string): Promise<Appointment> {
  return story.ehr<Appointment>(`hospitals/${hospital.slug}/${reference}`);
}

export function ehrAppointments(story: Story, hospital: Hospital): Promise<Appointment[]> {
  return story.ehr<Appointment[]>(`hospitals/${hospital.slug}/Appointment`);
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
  const patients = await story.ehr<Patient[]>(`hospitals/${hospital.slug}/Patient`);
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
  const stopped = new Set(hospital.stopped.map(({ number }) => number));
  return appointments.flatMap((appointment) => {
    const patient = references.get(appointment.patient) ?? '';
    const number = numbers.get(patient);
    const mine = messages.filter((message) => message.to === number);
    const reached = appointment.reminders.some((step) => REACHED.has(step.message_state ?? ''));
    const ahead = appointment.start !== null && Date.parse(appointment.start) > Date.parse(now);
    const booked = appointment.status === 'booked';
    if (!number || stopped.has(number) || mine.length !== 1 || !reached || !ahead || !booked) return [];
    return [{ appointment, patient, number, wamid: mine[0]!.wamid }];
  });
}

/** The n-th choice of this seed among the candidates. */
export function choose<T>(story: Story, candidates: readonly T[], what: string): T {
  const chosen = candidates[(story.seed * 7 + 3) % Math.max(candidates.length, 1)];
  if (chosen === undefined) throw new NotHeld(`there is no ${what} to go on with`);
  return chosen;
}
