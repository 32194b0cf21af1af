import type { Appointment, Location, Patient, Practitioner } from 'fhir/r4.js';
import { call } from '../../../src/sandbox/run/http.js';
import { conversationOf, type Thread } from './threads.js';
import { reachedPatients } from '../../../src/sandbox/story/records.js';
import type { Canaries } from './canaries.js';
import type { Installation, Stage } from './installation.js';

const HOSPITALS = ['st-marys', 'harbour'];
const VISITS_DRESSED = 30;
const TALKERS = 3;

/** Puts words of persons wherever an EHR has room for them, and takes note of everybody who is in it. */
export async function dress({ ehr }: Stage, canaries: Canaries): Promise<void> {
  for (const slug of HOSPITALS) {
    const of = <T>(type: string) => call<T[]>(ehr, `/control/hospitals/${slug}/${type}`);
    const change = (type: string, id: string | undefined, body: object) =>
      call(ehr, `/control/hospitals/${slug}/${type}/${id}`, { method: 'PATCH', body });
    const [place] = await of<Location>('Location');
    const house = canaries.sentence('place');
    await change('Location', place!.id, { name: house, description: canaries.sentence('place') });
    for (const visit of (await of<Appointment>('Appointment')).slice(0, VISITS_DRESSED)) {
      const participant = visit.participant.map((one) =>
        one.actor?.reference === `Location/${place!.id}`
          ? { ...one, actor: { ...one.actor, display: house } }
          : one,
      );
      await change('Appointment', visit.id, {
        participant,
        description: canaries.sentence('description of a visit'),
        comment: canaries.sentence('comment of a visit'),
        patientInstruction: canaries.sentence('instruction for a patient'),
        reasonCode: [{ text: canaries.sentence('reason of a visit') }],
      });
    }
    const [first] = await of<Patient>('Patient');
    await change('Patient', first!.id, {
      address: [{ text: canaries.sentence('address'), line: [canaries.sentence('address')] }],
      contact: [{ name: { text: canaries.sentence('name of a relative') } }],
    });
    for (const patient of await of<Patient>('Patient')) canaries.person(patient);
    for (const practitioner of await of<Practitioner>('Practitioner')) canaries.person(practitioner);
  }
}

/** Patients write in three scripts, staff answer and note, and the threads close into summaries. */
export async function talk({ story }: Installation, canaries: Canaries): Promise<Thread[]> {
  const threads: Thread[] = [];
  for (const hospital of story.hospitals) {
    for (const { patient, number } of (await reachedPatients(story, hospital)).slice(0, TALKERS)) {
      await story.whatsapp('contacts', { wa_id: number, name: canaries.sentence('profile name') });
      for (const _ of [1, 2]) {
        const words = canaries.sentence('words of a patient');
        await story.whatsapp(`contacts/${number}/say`, {
          phone_number_id: hospital.phoneNumberId,
          text: words,
        });
      }
      await story.settle();
      const id = await conversationOf(hospital, patient);
      const path = `/v1/conversations/${id}`;
      await hospital.product.post(`${path}/messages`, { text: canaries.sentence('words of staff') });
      await hospital.product.post(`${path}/notes`, { text: canaries.sentence('note of staff') });
      threads.push({ id, hospital, patient, number });
    }
  }
  await story.settle();
  return threads;
}

/** A consent ends with evidence, and one begins anew. */
export async function consentAnew({ story }: Installation, canaries: Canaries): Promise<void> {
  for (const { product } of story.hospitals) {
    const consents = await product.all<{ id: string; patient: string; status: string }>('/v1/consents');
    const granted = consents.filter(({ status }) => status === 'granted' || status === 'active').slice(-3);
    for (const { id } of granted.length > 0 ? granted : consents.slice(-3)) {
      await product.post(`/v1/consents/${id}/withdraw`, {
        method: 'paper',
        evidence: {
          note: canaries.sentence('evidence of a consent'),
          document_reference: `DocumentReference/${canaries.token('document')}`,
        },
      });
    }
    for (const patient of (
      await product.all<{ reference: string; ehr_connection: string }>('/v1/patients')
    ).slice(0, 6)) {
      await product
        .post('/v1/consents', {
          patient: patient.reference,
          ehr_connection: patient.ehr_connection,
          purposes: ['appointment-reminders', 'care-conversation'],
          method: 'verbal',
          wording_version: '1',
          evidence: { note: canaries.sentence('evidence of a consent') },
          recorded_at: '2027-02-03T09:00:00Z',
          other_channel: canaries.sentence('other channel'),
        })
        // Nobody can be reached there: the evidence was sent all the same.
        .catch(() => undefined);
    }
  }
  await story.settle();
}

export async function closeAll(threads: readonly Thread[], { story }: Installation): Promise<void> {
  for (const { id, hospital } of threads) await hospital.product.post(`/v1/conversations/${id}/close`);
  await story.settle();
}
