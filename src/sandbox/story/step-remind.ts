import { HttpFailure } from '../run/http.js';
import { appointmentsOf, type ProductPatient, type ProductReminder, patientsOf, sentBy } from './records.js';
import { type Figures, type Hospital, NotHeld, type Story } from './story.js';

/** Of ten patients this many agree to reminders. */
const AGREE_OF_TEN = 8;
const STRIDE = 'PT3H';
/** 30 hours: every hospital's waking hours are in it. */
const STRIDES = 10;

/** Consented reminders go out on time: what the product says it sent is what Meta's stand-in received. */
export async function remind(story: Story): Promise<Figures> {
  const consents: Figures = {};
  for (const hospital of story.hospitals) consents[hospital.slug] = await grantConsents(story, hospital);
  await story.pass(STRIDE, STRIDES);
  const figures: Figures = {};
  for (const hospital of story.hospitals) {
    figures[hospital.slug] = {
      consents: consents[hospital.slug],
      ...(await countReminders(story, hospital)),
    };
  }
  return figures;
}

async function grantConsents(
  story: Story,
  hospital: Hospital,
): Promise<{ granted: number; refused: number }> {
  const patients = await patientsOf(hospital);
  const agreeing = patients.filter((_, index) => (index + story.seed) % 10 < AGREE_OF_TEN);
  let granted = 0;
  for (const [index, patient] of agreeing.entries()) {
    story.progress.advance(index, agreeing.length);
    if (await grant(hospital, patient)) granted++;
  }
  return { granted, refused: agreeing.length - granted };
}

/** False when nobody can be reached there: no usable number, or the patient has died. */
async function grant(hospital: Hospital, patient: ProductPatient): Promise<boolean> {
  const body = {
    patient: patient.reference,
    ehr_connection: patient.ehr_connection,
    purposes: ['appointment-reminders', 'care-conversation'],
    method: 'paper',
    wording_version: '1',
    evidence: { note: 'Signed form at the front desk' },
    recorded_at: new Date(Date.parse('2027-01-15T09:00:00Z')).toISOString(),
    other_channel: 'phone',
  };
  try {
    await hospital.product.post('/v1/consents', body);
    return true;
  } catch (error) {
    if (error instanceof HttpFailure && error.status === 422) return false;
    throw error;
  }
}

const ACCEPTED = new Set(['accepted', 'sent', 'delivered', 'read']);

/** Throws NotHeld unless product and stand-in agree, every skip has a reason and every step has one state. */
export async function countReminders(story: Story, hospital: Hospital): Promise<Figures> {
  const steps = (await appointmentsOf(hospital)).flatMap(({ reminders }) => reminders);
  const states = tally(steps.map(({ state }) => state));
  const sent = steps.filter(({ message_state: state }) => ACCEPTED.has(state ?? '')).length;
  const received = (await sentBy(story, hospital)).filter(({ type }) => type === 'template').length;
  const figures = {
    steps: steps.length,
    states,
    sent,
    received,
    skipped: tally(steps.filter(({ state }) => state === 'skipped').map(({ reason }) => reason ?? 'none')),
    refused: tally(steps.filter(isRefused).map((step) => step.message_reason ?? 'none')),
  };
  if (received === 0) throw new NotHeld(`${hospital.slug}: no reminder arrived`, figures);
  if (sent !== received) throw new NotHeld(`${hospital.slug}: sent and received differ`, figures);
  if (steps.some(isSilent))
    throw new NotHeld(`${hospital.slug}: a reminder did not go and nothing says why`, figures);
  if (!addUp(steps)) throw new NotHeld(`${hospital.slug}: the states do not add up`, figures);
  return figures;
}

const STATES = new Set(['planned', 'handed', 'withdrawn', 'skipped', 'expired']);

/** Each step is there once, in one of the named states, and a handed one has its message. */
function addUp(steps: ProductReminder[]): boolean {
  const once = new Set(steps.map(({ id }) => id)).size === steps.length;
  return (
    once && steps.every((step) => STATES.has(step.state) && (step.state !== 'handed' || step.message_state))
  );
}

function isRefused(step: ProductReminder): boolean {
  return (
    step.state === 'handed' && ['refused', 'failed', 'expired', 'parked'].includes(step.message_state ?? '')
  );
}

function isSilent(step: ProductReminder): boolean {
  const endedHere = ['skipped', 'withdrawn', 'expired'].includes(step.state);
  return (endedHere && !step.reason) || (isRefused(step) && !step.message_reason);
}

function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
