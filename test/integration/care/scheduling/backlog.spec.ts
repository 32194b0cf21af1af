import type { Appointment } from 'fhir/r4.js';
import { Loops } from '../../../../src/platform/jobs/loops.js';
import { call } from '../../../../src/sandbox/run/http.js';
import { BEGINNING } from '../../../../src/sandbox/run/sandbox.js';
import {
  appointmentsOf,
  ehrAppointments,
  sentBy,
  type ProductAppointment,
  type SentMessage,
} from '../../../../src/sandbox/story/records.js';
import type { Hospital } from '../../../../src/sandbox/story/story.js';
import { startWorld, type World } from '../../../support/world.js';

const HOUR_MS = 3_600_000;

/** Eight in the evening in India: an hour before quiet hours. */
const DOWN_AT = Date.parse(BEGINNING) + 11 * HOUR_MS;
const REACHED = ['accepted', 'sent', 'delivered', 'read'];

const RULES = [
  { key: 'three-days', before: 'P3D', template: 'appointment_reminder' },
  { key: 'one-day', before: 'P1D', template: 'appointment_reminder' },
  { key: 'ten-hours', before: 'PT10H', template: 'appointment_reminder' },
];

interface Skip {
  id: string;
  appointment: string;
  rule: string;
  state: string;
  reason: string;
  words: string;
  due_at: string;
}

interface WorkItem {
  kind: string;
  reason: string;
  subject: { kind: string; id: string };
  detail: Record<string, number> | null;
}

interface Person {
  reference: string;
  number: string;
}

describe('workers that are down for 26 hours while the web goes on', () => {
  let world: World;
  let hospital: Hospital;
  let people: Record<string, Person>;
  let before: SentMessage[];
  let wokenAtNight: SentMessage[];
  let after: SentMessage[];
  let visits: ProductAppointment[];
  let skips: Skip[];

  const hoursAfter = (hours: number): string => new Date(DOWN_AT + hours * HOUR_MS).toISOString();

  const put = (id: string, hours: number, more: Partial<Appointment> = {}): Promise<unknown> =>
    call(world.sandbox.ehr, `/control/hospitals/st-marys/Appointment/${id}`, {
      method: 'PUT',
      body: {
        resourceType: 'Appointment',
        id,
        status: 'booked',
        start: hoursAfter(hours),
        end: hoursAfter(hours + 0.5),
        participant: [{ actor: { reference: people[id.split('-')[0]!]!.reference }, status: 'needs-action' }],
        ...more,
      },
    });

  const act = (who: string, what: 'say' | 'tap', more: object): Promise<unknown> =>
    world.story.whatsapp(`contacts/${people[who]!.number}/${what}`, {
      phone_number_id: hospital.phoneNumberId,
      ...more,
    });

  const sync = async (): Promise<void> => {
    const [connection] = await hospital.product.all<{ id: string }>('/v1/ehr-connections');
    await hospital.product.post(`/v1/ehr-connections/${connection!.id}/sync`);
    await world.story.settle();
  };

  /** A process in which only the web lives: webhooks are stored, nothing is claimed. */
  const work = (started: boolean): void => void Object.assign(world.app.get(Loops), { started });

  const heard = (who: string, messages = after): SentMessage[] =>
    messages.filter(({ to, n }) => to === people[who]!.number && n > before.at(-1)!.n);
  const remindersTo = (who: string): SentMessage[] => heard(who).filter(({ type }) => type === 'template');
  const visit = (id: string): ProductAppointment =>
    visits.find(({ reference }) => reference === `Appointment/${id}`)!;
  const told = (id: string): string[] =>
    visit(id).reminders.map((one) =>
      [one.rule, one.state, one.reason ?? one.message_reason].filter(Boolean).join(' '),
    );

  /** Patients of their own, each with a number, who agree to reminders. */
  async function admit(names: string[]): Promise<Record<string, Person>> {
    const admitted = names.map((name, index) => ({ id: name, number: `121255501${60 + index}` }));
    for (const { id, number } of admitted) {
      const body = {
        resourceType: 'Patient',
        id,
        name: [{ family: 'Backlog', given: ['Kim'] }],
        birthDate: '1970-01-01',
        telecom: [{ system: 'phone', use: 'mobile', value: `+${number}` }],
      };
      await call(world.sandbox.ehr, `/control/hospitals/st-marys/Patient/${id}`, { method: 'PUT', body });
    }
    await sync();
    const [connection] = await hospital.product.all<{ id: string }>('/v1/ehr-connections');
    for (const { id } of admitted) {
      await hospital.product.post('/v1/consents', {
        patient: `Patient/${id}`,
        ehr_connection: connection!.id,
        purposes: ['appointment-reminders'],
        method: 'paper',
        wording_version: '1',
        evidence: { note: 'Signed form' },
        recorded_at: '2027-01-15T09:00:00.000Z',
        other_channel: 'phone',
      });
    }
    return Object.fromEntries(admitted.map(({ id, number }) => [id, { reference: `Patient/${id}`, number }]));
  }

  beforeAll(async () => {
    world = await startWorld(1, RULES);
    hospital = world.story.hospitals.find(({ slug }) => slug === 'st-marys')!;
    await sync();
    await world.story.pass('PT11H', 1);
    people = await admit(['both', 'cancelled', 'moved', 'stopped', 'minded', 'tapped', 'past', 'added']);

    // given: everybody has had a first reminder
    await put('both-1', 45);
    for (const who of ['cancelled', 'moved', 'stopped', 'minded', 'tapped']) await put(`${who}-1`, 50);
    await put('past-1', 25.5);
    for (let n = 2; n < 9; n++) await put(`past-${n}`, 37 + n / 10);
    await sync();
    await world.story.pass('PT2M', 1);
    before = await sentBy(world.story, hospital);

    // when: nobody works, and the hospital and its patients go on
    work(false);
    await world.story.pass('PT6H', 1);
    await put('cancelled-1', 50, { status: 'cancelled' });
    await put('moved-1', 80);
    await put('added-1', 60);
    await act('stopped', 'say', { text: 'STOP' });
    await act('minded', 'tap', { title: 'Cancel' });
    await world.story.pass('PT1H', 1);
    await act('minded', 'tap', { title: 'Confirm' });
    await act('tapped', 'tap', { title: 'Cancel' });
    await world.story.pass('PT19H', 1);
    expect(await sentBy(world.story, hospital)).toEqual(before);
    work(true);
    await world.story.settle();
    await world.story.pass('PT1M', 2);
    wokenAtNight = await sentBy(world.story, hospital);
    await world.story.pass('PT1H', 10);
    await world.story.pass('PT10M', 3);

    // then
    after = await sentBy(world.story, hospital);
    visits = await appointmentsOf(hospital);
    skips = await hospital.product.all<Skip>('/v1/reminder-skips');
  }, 240_000);
  afterAll(() => world.close());

  it('remind nobody at night, though much is due', () => {
    const late = wokenAtNight.filter(({ n, type }) => n > before.at(-1)!.n && type === 'template');
    expect(late).toEqual([]);
  });

  it('send one of two reminders of a visit that both fell due, the nearer one', () => {
    expect(remindersTo('both')).toHaveLength(1);
    expect(told('both-1')).toEqual(['three-days handed', 'one-day skipped superseded', 'ten-hours handed']);
  });

  it('say nothing of a visit that was cancelled meanwhile', () => {
    expect(heard('cancelled')).toEqual([]);
  });

  it('tell the new time of a visit that moved, once', () => {
    expect(remindersTo('moved')).toHaveLength(1);
  });

  it('remind of a visit that was added meanwhile, once', () => {
    expect(remindersTo('added')).toHaveLength(1);
  });

  it('remind nobody who wrote STOP meanwhile: one confirmation, and nothing else', () => {
    expect(heard('stopped').map(({ type }) => type)).toEqual(['text']);
  });

  it('apply two taps in the order in which they were given', async () => {
    const own = (await ehrAppointments(world.story, hospital)).find(({ id }) => id === 'minded-1')!;
    expect([own.status, own.participant[0]!.status]).toEqual(['booked', 'accepted']);
    expect(told('minded-1')).toEqual(['three-days handed', 'one-day handed', 'ten-hours planned']);
    expect(remindersTo('minded')).toHaveLength(1);
  });

  it('cancel for the patient who tapped Cancel, and remind no more', async () => {
    const own = (await ehrAppointments(world.story, hospital)).find(({ id }) => id === 'tapped-1')!;
    expect(own.status).toBe('cancelled');
    expect(remindersTo('tapped')).toEqual([]);
  });

  it('say nothing of a visit that has passed, or begins before anybody could act', () => {
    expect(remindersTo('past')).toEqual([]);
    expect(told('past-1')).toContain('one-day expired');
    expect(told('past-2')).toContain('one-day skipped superseded');
    expect(told('past-2')).toContain('ten-hours skipped late');
  });

  it('account for every reminder: what was sent and what is reported is all that was due', () => {
    const all = visits.flatMap(({ reminders }) => reminders);
    const due = all.filter(({ state }) => state !== 'planned');
    const sent = due.filter(({ message_state }) => REACHED.includes(message_state ?? ''));
    expect(skips.length).toBeGreaterThan(10);
    expect([...sent.map(({ id }) => id), ...skips.map(({ id }) => id)].sort()).toEqual(
      due.map(({ id }) => id).sort(),
    );
    expect(skips.filter(({ words, reason }) => !words || /^[a-z][a-z-]+$/.exec(reason) === null)).toEqual([]);
  });

  it('report by time and by reason', async () => {
    const some = await hospital.product.all<Skip>('/v1/reminder-skips?reason=superseded');
    expect(some.map(({ id }) => id)).toEqual(
      skips.filter(({ reason }) => reason === 'superseded').map(({ id }) => id),
    );
    const [since, until] = [hoursAfter(0), hoursAfter(26)];
    const span = await hospital.product.all<Skip>(`/v1/reminder-skips?since=${since}&until=${until}`);
    const inside = ({ due_at }: Skip): boolean =>
      Date.parse(due_at) >= Date.parse(since) && Date.parse(due_at) < Date.parse(until);
    expect(span.map(({ id }) => id)).toEqual(skips.filter(inside).map(({ id }) => id));
    expect(span.length).toBeLessThan(skips.length);
  });

  it('show none of it to another hospital', async () => {
    const other = world.story.hospitals.find(({ slug }) => slug === 'harbour')!;
    const theirs = new Set((await other.product.all<Skip>('/v1/reminder-skips')).map(({ id }) => id));
    expect(skips.filter(({ id }) => theirs.has(id))).toEqual([]);
  });

  it('ask a person once a day, with its figures', async () => {
    const items = await hospital.product.all<WorkItem>('/v1/work-items?kind=reminders-skipped');
    expect(items.map(({ detail }) => detail)).toEqual([
      { expired: expect.any(Number), superseded: expect.any(Number) },
      { late: 8, superseded: 1 },
    ]);
    expect(
      items.every(({ reason, subject }) => reason === 'time-had-passed' && subject.kind === 'organization'),
    ).toBe(true);
  });
});
