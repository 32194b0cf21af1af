import type { Appointment, ContactPoint, FhirResource, Patient, RelatedPerson } from 'fhir/r4.js';
import { call, HttpFailure } from '../../../../src/sandbox/run/http.js';
import { BEGINNING } from '../../../../src/sandbox/run/sandbox.js';
import {
  appointmentsOf,
  type ProductReminder,
  sentBy,
  type SentMessage,
} from '../../../../src/sandbox/story/records.js';
import type { Hospital } from '../../../../src/sandbox/story/story.js';
import { startWorld, type World } from '../../../support/world.js';
import { rowsOf } from '../fhir/database.js';

interface WorkItem {
  id: string;
  kind: string;
  reason: string;
  patient: string | null;
  state: string;
  resolution: string | null;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const GUARDIAN = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';

const mobile = (value: string, more: Partial<ContactPoint> = {}): ContactPoint => ({
  system: 'phone',
  value: `+${value}`,
  use: 'mobile',
  ...more,
});

/** Whom a message reaches, through the whole product: the EHR and WhatsApp are the stand-ins, over HTTP. */
describe('who is written to', () => {
  let world: World;
  let hospital: Hospital;
  let connection: string;

  beforeAll(async () => {
    world = await startWorld();
    hospital = world.story.hospitals.find(({ slug }) => slug === 'st-marys')!;
    const [main] = await hospital.product.all<{ id: string }>('/v1/ehr-connections');
    connection = main!.id;
  }, 120_000);
  afterAll(() => world.close());

  const write = (resource: FhirResource) =>
    call(world.sandbox.ehr, `/control/hospitals/st-marys/${resource.resourceType}/${resource.id}`, {
      method: 'PUT',
      body: resource,
    });
  const change = (reference: string, body: object) =>
    call(world.sandbox.ehr, `/control/hospitals/st-marys/${reference}`, { method: 'PATCH', body });

  const person = (id: string, given: string, telecom: ContactPoint[], more: Partial<Patient> = {}) =>
    write({
      resourceType: 'Patient',
      id,
      active: true,
      name: [{ use: 'official', given: [given], family: 'Example' }],
      birthDate: '1970-05-01',
      telecom,
      ...more,
    });
  const guardian = (
    id: string,
    patient: string,
    telecom: ContactPoint[],
    more: Partial<RelatedPerson> = {},
  ) =>
    write({
      resourceType: 'RelatedPerson',
      id,
      active: true,
      patient: { reference: `Patient/${patient}` },
      relationship: [{ coding: [{ system: GUARDIAN, code: 'MTH' }] }],
      telecom,
      ...more,
    });
  /** A visit whose one-day reminder is due so many minutes from the present. */
  const visit = async (id: string, patient: string, minutes: number) => {
    const start = (await now()) + DAY_MS + minutes * MINUTE_MS;
    await write({
      resourceType: 'Appointment',
      id,
      status: 'booked',
      start: new Date(start).toISOString(),
      end: new Date(start + 30 * MINUTE_MS).toISOString(),
      participant: [{ actor: { reference: `Patient/${patient}` }, status: 'needs-action' }],
    } satisfies Appointment);
  };
  const now = async (): Promise<number> => {
    const [row] = await rowsOf<{ now: Date }>(world.database, 'select platform.now() as now');
    return row!.now.getTime();
  };
  const sync = async (): Promise<void> => {
    await hospital.product.post(`/v1/ehr-connections/${connection}/sync`);
    await world.story.settle();
  };
  const agree = (patient: string, more: object = {}) =>
    hospital.product.post('/v1/consents', {
      patient: `Patient/${patient}`,
      ehr_connection: connection,
      purposes: ['appointment-reminders', 'care-conversation'],
      method: 'paper',
      wording_version: '1',
      evidence: { note: 'Signed form' },
      recorded_at: BEGINNING,
      ...more,
    });
  const refusal = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'granted',
      (error: unknown) => (error instanceof HttpFailure ? error.code : String(error)),
    );
  const sentTo = async (number: string): Promise<SentMessage[]> =>
    (await sentBy(world.story, hospital)).filter(({ to }) => to === number);
  const reminders = async (id: string): Promise<ProductReminder[]> =>
    (await appointmentsOf(hospital)).find(({ reference }) => reference === `Appointment/${id}`)!.reminders;
  /** The one-day reminder of a visit: `planned guardian-expired`, `handed refused no-consent`. */
  const stateOf = async (id: string): Promise<string> => {
    const step = (await reminders(id)).find(({ rule }) => rule === 'one-day')!;
    return [step.state, step.reason, step.message_state, step.message_reason].filter(Boolean).join(' ');
  };
  const patientId = async (fhirId: string): Promise<string> => {
    const found = await hospital.product.all<{ id: string }>(
      `/v1/patients?ehr_connection=main&reference=Patient/${fhirId}`,
    );
    return found[0]!.id;
  };
  const shown = async (fhirId: string) =>
    hospital.product.get<{
      by_proxy: boolean;
      contact_fault: string | null;
      contact_review: string | null;
      languages: string[];
      addresses: { masked: string; confirmed: boolean }[];
      proxies: { reference: string; relationship: string; fault: string | null; addresses: object[] }[];
    }>(`/v1/patients/${await patientId(fhirId)}`);
  const itemsOf = async (fhirId: string, kind: string): Promise<string[]> => {
    const id = await patientId(fhirId);
    const all = await hospital.product.all<WorkItem>(`/v1/work-items?kind=${kind}`);
    return all
      .filter(({ patient }) => patient === id)
      .map(({ reason, state, resolution }) => [reason, state, resolution].filter(Boolean).join(' '));
  };
  const say = async (number: string, text: string): Promise<void> => {
    await world.story.whatsapp(`contacts/${number}/say`, {
      phone_number_id: hospital.phoneNumberId,
      text,
    });
    await world.story.settle();
  };

  it('case 35: a number that is old, a landline, an extension, somebody else’s, two in one or invalid is for staff', async () => {
    // given
    const spoiled: [string, ContactPoint][] = [
      ['number-not-current', mobile('19075550101', { use: 'old' })],
      ['number-landline', { system: 'phone', value: '+44 20 7946 0123', use: 'home' }],
      ['number-with-extension', { system: 'phone', value: '+1 907-555-0102 ext. 4', use: 'work' }],
      ['number-with-words', { system: 'phone', value: '9075550103 (wife)', use: 'mobile' }],
      ['number-several', { system: 'phone', value: '+1 907-555-0104 / +1 907-555-0105' }],
      ['number-invalid', { system: 'phone', value: '000-000-0000' }],
    ];
    for (const [n, [, telecom]] of spoiled.entries()) {
      await person(`spoiled-${n}`, 'Spoiled', [telecom]);
      await visit(`spoiled-${n}`, `spoiled-${n}`, 10);
    }

    // when
    await sync();

    // then: one item each, which names a reason and no number
    for (const [n, [reason]] of spoiled.entries()) {
      expect([n, await refusal(agree(`spoiled-${n}`))]).toEqual([n, 'consent.no-address']);
      expect([n, await itemsOf(`spoiled-${n}`, 'patient-number')]).toEqual([n, [`${reason} open`]]);
      expect(await shown(`spoiled-${n}`)).toMatchObject({ contact_fault: reason, contact_review: reason });
    }
    const kept = JSON.stringify(await rowsOf(world.database, 'select * from worklist.work_item'));
    expect(kept).not.toMatch(/555.?010\d|7946/);

    // when the record is mended
    await change('Patient/spoiled-3', { telecom: [mobile('19075550106')] });
    await sync();
    expect(await itemsOf('spoiled-3', 'patient-number')).toEqual([
      'number-with-words resolved mended-in-ehr',
    ]);

    // and nothing was sent to the others
    await world.story.pass('PT15M', 1);
    expect((await stateOf('spoiled-0')).startsWith('skipped no-address')).toBe(true);
    const sent = await sentBy(world.story, hospital);
    expect(sent.filter(({ to }) => /^1907555010[1-5]$|7946/.test(to))).toEqual([]);
  });

  it('case 32: a date of death ends what is ready and what is planned, with no farewell', async () => {
    // given: one reminder ready behind a held channel, one planned
    const number = '19075550110';
    await person('dies', 'Dies', [mobile(number)]);
    await visit('dies-soon', 'dies', 10);
    await visit('dies-later', 'dies', 24 * 60);
    await sync();
    await agree('dies');
    await world.story.whatsapp('faults', { name: 'error', code: 190, count: 1 });
    await world.story.pass('PT15M', 1);
    expect(await stateOf('dies-soon')).toBe('handed ready meta-190');
    expect(await stateOf('dies-later')).toBe('planned');

    // when
    await change('Patient/dies', { deceasedDateTime: '2027' });
    await sync();

    // then
    expect(await stateOf('dies-soon')).toBe('handed refused deceased');
    expect(await stateOf('dies-later')).toBe('withdrawn deceased');
    const [account] = await hospital.product.all<{ id: string }>('/v1/whatsapp-accounts');
    await hospital.product.post(`/v1/whatsapp-accounts/${account!.id}/check`);
    await world.story.pass('PT3H', 2);
    expect(await sentTo(number)).toEqual([]);
  });

  it('case 33: two patients on one number are asked whom it is about, and nothing is told before the answer', async () => {
    // given
    const number = '19075550120';
    await person('couple-1', 'Meera', [mobile(number)]);
    await person('couple-2', 'Anil', [mobile(number)]);
    await visit('couple-1', 'couple-1', 48 * 60);
    await visit('couple-2', 'couple-2', 48 * 60);
    await sync();
    await agree('couple-1');
    await agree('couple-2');

    // when
    await say(number, 'Can I come an hour later?');

    // then
    const conversations = async () =>
      (
        await hospital.product.all<{ id: string; patient: string | null; waiting_since: string | null }>(
          '/v1/conversations?state=open',
        )
      ).filter(({ waiting_since }) => waiting_since !== null);
    const [asked] = await sentTo(number);
    expect(asked!.text).toContain('Whom is your message about?');
    expect(asked!.text).not.toMatch(/Meera|Anil|Mary|appointment/i);
    const before = await conversations();
    expect(before.map(({ patient }) => patient)).toContain(null);

    // when somebody is named who is not there, and then one who is
    await say(number, 'my brother');
    expect(await sentTo(number)).toHaveLength(1);
    await say(number, 'It is about ANIL');

    // then the words before are that patient's, and wait for a person
    const named = (await conversations()).filter(({ id }) => before.some((one) => one.id === id));
    expect(named.map(({ patient }) => patient)).toContain(await patientId('couple-2'));
    expect(await sentTo(number)).toHaveLength(1);
  });

  it('case 33: a reminder for one of them goes only once somebody has said that the number reaches this one', async () => {
    // given: somebody who agreed, alone on the number
    const number = '19075550125';
    await person('first-there', 'Lata', [mobile(number)]);
    await visit('first-there', 'first-there', 10);
    await sync();
    await agree('first-there');

    // when the number comes to be somebody else's too
    await person('came-later', 'Ravi', [mobile(number)]);
    await visit('came-later', 'came-later', 24 * 60);
    await sync();
    await world.story.pass('PT15M', 1);

    // then
    expect(await sentTo(number)).toEqual([]);
    expect(await stateOf('first-there')).toBe('planned number-shared');
    expect(await itemsOf('first-there', 'patient-number')).toEqual(['number-shared open']);
    expect((await shown('first-there')).addresses).toMatchObject([{ confirmed: false }]);

    // when the desk has asked
    await agree('first-there');
    await world.story.pass('PT15M', 1);

    // then
    expect(await stateOf('first-there')).toMatch(/^handed (sent|delivered|read|accepted)/);
    expect(await sentTo(number)).toHaveLength(1);
    expect(await itemsOf('first-there', 'patient-number')).toEqual(['number-shared resolved confirmed']);
  });

  describe('for a minor', () => {
    const child = { birthDate: '2016-06-01' };

    it('it is the guardian who agreed, and never the number in the child’s record', async () => {
      const [own, mother, father] = ['19075550130', '19075550131', '19075550132'];
      await person('child', 'Kiran', [mobile(own)], {
        ...child,
        communication: [{ language: { coding: [{ code: 'pt-BR' }] } }],
        // Whom to call in an emergency is no legal proxy.
        contact: [{ relationship: [{ coding: [{ code: 'N' }] }], telecom: [mobile('19075550139')] }],
      });
      await guardian('father', 'child', [mobile(father)]);
      await guardian('mother', 'child', [mobile(mother)]);
      await guardian('aunt', 'child', [mobile('19075550133')], {
        relationship: [{ coding: [{ system: GUARDIAN, code: 'AUNT' }] }],
      });
      await visit('child', 'child', 10);
      await sync();
      expect(await refusal(agree('child'))).toBe('consent.guardian-unnamed');
      expect(await refusal(agree('child', { proxy: 'RelatedPerson/aunt' }))).toBe('consent.unknown-guardian');
      await agree('child', { proxy: 'RelatedPerson/mother' });
      expect(await shown('child')).toMatchObject({
        by_proxy: true,
        languages: ['pt-BR', 'pt', 'en', 'ml'],
        addresses: [{ confirmed: true }, { confirmed: true }],
        proxies: expect.arrayContaining([
          {
            reference: 'RelatedPerson/mother',
            relationship: 'MTH',
            fault: null,
            ends_at: null,
            addresses: [expect.objectContaining({ masked: '•••••••••31' })],
          },
          expect.objectContaining({
            reference: 'RelatedPerson/aunt',
            relationship: null,
            fault: 'not-guardian',
          }),
        ]),
      });

      await world.story.pass('PT15M', 1);

      expect(await sentTo(mother)).toHaveLength(1);
      for (const number of [own, father, '19075550133', '19075550139'])
        expect(await sentTo(number)).toEqual([]);
    });

    it('case 34: a guardian whose part has ended gets nothing, and staff get one work item', async () => {
      const mother = '19075550135';
      await person('ends', 'Tara', [mobile('19075550136')], child);
      await guardian('ends', 'ends', [mobile(mother)]);
      await visit('ends', 'ends', 10);
      await visit('ends-2', 'ends', 12);
      await sync();
      await agree('ends');

      // when: no sync brings it, the question before the reminder does
      await change('RelatedPerson/ends', { period: { end: '2027-01-31' } });
      await world.story.pass('PT15M', 1);

      expect(await sentTo(mother)).toEqual([]);
      expect(await sentTo('19075550136')).toEqual([]);
      expect([await stateOf('ends'), await stateOf('ends-2')]).toEqual([
        'planned guardian-expired',
        'planned guardian-expired',
      ]);
      expect(await itemsOf('ends', 'patient-guardian')).toEqual(['guardian-expired open']);

      // when mended in time, the reminder goes after all
      await change('RelatedPerson/ends', { period: { end: '2030' } });
      await world.story.pass('PT15M', 1);
      expect(await sentTo(mother)).toHaveLength(2);
      expect(await itemsOf('ends', 'patient-guardian')).toEqual(['guardian-expired resolved mended-in-ehr']);
    });

    it('case 34: who turns 18 tomorrow is the guardian’s until local midnight, planned reminders included', async () => {
      const [own, mother] = ['19075550137', '19075550138'];
      await person('of-age', 'Uma', [mobile(own), mobile(mother, { use: 'home' })], {
        birthDate: '2009-02-02',
      });
      await guardian('of-age', 'of-age', [mobile(mother)]);
      await visit('of-age-today', 'of-age', 10);
      // Due tomorrow morning.
      await visit('of-age-tomorrow', 'of-age', 22 * 60);
      await sync();
      await agree('of-age');
      await world.story.pass('PT15M', 1);
      expect(await sentTo(mother)).toHaveLength(1);

      // when
      await world.story.pass('PT4H', 6);

      // then: the mother's number stands in the own record too, but her consent has lapsed
      expect(await sentTo(mother)).toHaveLength(1);
      expect(await sentTo(own)).toEqual([]);
      expect(await stateOf('of-age-tomorrow')).toMatch(/^handed refused (no-consent|proxy-ended)$/);
      expect(await shown('of-age')).toMatchObject({ by_proxy: false });
    });
  });
});
