import type { Appointment } from 'fhir/r4.js';
import { call } from '../../src/sandbox/run/http.js';
import { BEGINNING } from '../../src/sandbox/run/sandbox.js';
import { appointmentsOf, ehrAppointments, patientsOf, sentBy } from '../../src/sandbox/story/records.js';
import type { Hospital } from '../../src/sandbox/story/story.js';
import { startWorld, type World } from '../support/world.js';

const VISIT = 'Appointment/waits-1';
/** A day and ten minutes after the beginning: its reminder is due in ten minutes. */
const START = Date.parse(BEGINNING) + 24 * 3_600_000 + 600_000;

describe('a reminder behind a held channel', () => {
  let world: World;
  let hospital: Hospital;

  beforeAll(async () => {
    world = await startWorld();
    hospital = world.story.hospitals.find(({ slug }) => slug === 'st-marys')!;
  }, 120_000);
  afterAll(() => world.close());

  const put = (status: Appointment['status'], patient: string): Promise<unknown> =>
    call(world.sandbox.ehr, `/control/hospitals/st-marys/${VISIT}`, {
      method: 'PUT',
      body: {
        resourceType: 'Appointment',
        id: 'waits-1',
        status,
        start: new Date(START).toISOString(),
        end: new Date(START + 1_800_000).toISOString(),
        participant: [{ actor: { reference: patient }, status: 'needs-action' }],
      },
    });

  const first = async (list: string): Promise<string> =>
    (await hospital.product.all<{ id: string }>(list))[0]!.id;
  const reminders = async () =>
    (await appointmentsOf(hospital)).find(({ reference }) => reference === VISIT)!.reminders;

  /** Somebody without other visits in the next days who can be reached, and agrees. */
  async function agreeing(): Promise<string> {
    const soon = Date.parse(BEGINNING) + 5 * 86_400_000;
    const visits = await ehrAppointments(world.story, hospital);
    const busy = JSON.stringify(
      visits.filter(({ start }) => start && start > BEGINNING.slice(0, 10) && Date.parse(start) < soon),
    );
    for (const { reference, ehr_connection } of await patientsOf(hospital)) {
      if (busy.includes(`"${reference}"`)) continue;
      const body = {
        patient: reference,
        ehr_connection,
        purposes: ['appointment-reminders'],
        method: 'paper',
        wording_version: '1',
        evidence: { note: 'Signed form' },
        recorded_at: '2027-01-15T09:00:00.000Z',
        other_channel: 'phone',
      };
      const granted = await hospital.product.post('/v1/consents', body).catch(() => null);
      if (granted) return reference;
    }
    throw new Error('nobody can be reached');
  }

  it('is never sent once its visit was cancelled in the EHR', async () => {
    // given: a reminder that met a refused token
    const sync = `/v1/ehr-connections/${await first('/v1/ehr-connections')}/sync`;
    await hospital.product.post(sync);
    await world.story.settle();
    const patient = await agreeing();
    await put('booked', patient);
    await hospital.product.post(sync);
    await world.story.settle();
    const before = await sentBy(world.story, hospital);
    await world.story.whatsapp('faults', { name: 'error', code: 190, count: 1 });
    await world.story.pass('PT15M', 1);
    // Longer than a message counts as fresh.
    await world.story.pass('PT3M', 1);
    expect(await reminders()).toMatchObject([
      // Late, and the next one comes within the hour.
      { state: 'skipped', reason: 'superseded' },
      { state: 'handed', message_state: 'ready', message_reason: 'meta-190' },
    ]);

    // when: it is cancelled, and the channel opens before the next sync
    await put('cancelled', patient);
    await hospital.product.post(`/v1/whatsapp-accounts/${await first('/v1/whatsapp-accounts')}/check`);
    await world.story.settle();

    // then
    expect((await reminders())[1]).toMatchObject({ message_state: 'refused', message_reason: 'cancelled' });
    expect(await sentBy(world.story, hospital)).toEqual(before);
  }, 120_000);
});
