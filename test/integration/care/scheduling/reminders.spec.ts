import { setTimeout as sleep } from 'node:timers/promises';
import type { Appointment } from 'fhir/r4.js';
import { jest } from '@jest/globals';
import { FollowReminders } from '../../../../src/care/scheduling/application/follow-reminders.js';
import { StepsLoop } from '../../../../src/care/scheduling/application/steps-loop.js';
import { Fence, fenceKey } from '../../../../src/platform/database/fence.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import { Fault } from '../../../../src/platform/errors/fault.js';
import { newId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { skipWords } from '../../../../src/care/scheduling/domain/skip-words.js';
import type { ContactAddress } from '../../../../src/exchange/patients/index.js';
import { reminderTemplate } from './support/fake-messaging.js';
import { NO_QUIET_HOURS, participant, RULES, World } from './support/world.js';

describe('the reminders of a visit', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin();
  });

  afterAll(() => world.end());

  beforeEach(async () => {
    await world.reset();
    world.patients.add('1', 'Asha');
  });

  it('go at their times, once, in the words of the template', async () => {
    // given
    await world.setClock('2027-01-10T09:00:00Z');
    await world.ehr.syncLocation(world.ctx, { resourceType: 'Location', id: '7', name: 'East Wing' });
    const at = { participant: [participant('Patient/1'), participant('Location/7')] };
    await world.book(96.5, at);
    expect(await world.story()).toEqual(['1 three-days planned', '1 one-day planned']);

    // when
    await world.advance(24);
    expect(world.messaging.reminders()).toHaveLength(0);
    await world.advance(1);
    await world.advance(48);

    // then
    expect(await world.story()).toEqual(['1 three-days handed', '1 one-day handed']);
    expect(world.messaging.reminders().map(({ content }) => content)).toMatchObject([
      {
        kind: 'template',
        name: 'appointment_reminder',
        language: 'en',
        body: ['Asha', 'Harbour General', 'Thursday, January 14', '9:30 AM GMT', 'East Wing'],
        buttons: [expect.stringMatching(/^ct1\./), expect.stringMatching(/^ct1\./)],
      },
      { kind: 'template' },
    ]);
  });

  it('are useful until an hour before the visit, and bound to it', async () => {
    await world.book(20);
    const [reminder] = world.messaging.reminders();
    const [step] = (await world.steps()).filter(({ state }) => state === 'handed');
    expect(reminder).toMatchObject({
      originKey: step!.id,
      visitId: step!.appointment_id,
      purpose: 'appointment-reminders',
    });
    expect(reminder!.usefulUntil).toEqual(new Date(Date.parse(world.ehr.get('1').start!) - 3_600_000));
  });

  it('case 1: stay as they are when a sweep brings nothing new', async () => {
    await world.book(96);
    const before = await world.rows('select * from scheduling.step order by id');
    const visit = await world.rows('select * from scheduling.appointment');
    await world.sync();
    expect(await world.rows('select * from scheduling.step order by id')).toEqual(before);
    expect(await world.rows('select * from scheduling.appointment')).toEqual(visit);
  });

  it('keep their plan when the EHR changes what patients are not told', async () => {
    await world.book(96);
    world.change('1', { participant: [participant('Patient/1', 'accepted')], description: 'other' });
    await world.sync();
    expect(await world.story()).toEqual(['1 three-days planned', '1 one-day planned']);
  });

  it('case 16: are planned anew for a moved visit, and what waits in the ledger is taken back', async () => {
    // given
    await world.book(70);
    expect(world.messaging.reminders()).toHaveLength(1);

    // when
    const start = new Date(Date.parse(world.ehr.get('1').start!) + 200 * 3_600_000);
    world.change('1', { start: start.toISOString(), end: new Date(start.getTime() + 1_000).toISOString() });
    await world.sync();

    // then
    expect(await world.story()).toEqual([
      '1 three-days handed',
      '1 one-day withdrawn visit-changed',
      '2 three-days planned',
      '2 one-day planned',
    ]);
    expect(world.messaging.reminders()[0]).toMatchObject({ state: 'refused', reason: 'visit-changed' });
  });

  it('fall with a cancelled visit, and what waits in the ledger with them', async () => {
    await world.book(70);
    world.change('1', { status: 'cancelled' });
    await world.sync();
    expect(await world.story()).toEqual(['1 three-days handed', '1 one-day withdrawn cancelled']);
    expect(world.messaging.reminders()[0]).toMatchObject({ state: 'refused', reason: 'cancelled' });
  });

  it.each([
    ['cancelled', { status: 'cancelled' }],
    ['visit-changed', { participant: [participant('Patient/1'), participant('Location/9')] }],
  ] as const)('are taken back with the very commit that stores the change: %s', async (reason, change) => {
    await world.book(70);
    world.change('1', { ...change } as Partial<Appointment>);
    // Nothing plans yet.
    await world.ehr.sync(world.ctx);
    expect(world.messaging.reminders()[0]).toMatchObject({ state: 'refused', reason });
  });

  it('case 32: end with the very commit that stores the patient’s death, ready or planned', async () => {
    // given
    await world.book(70);
    const { patient } = world.patients.add('2', 'Bala');
    world.ehr.put({ ...world.ehr.get('1'), id: '2', participant: [participant('Patient/2')] });
    await world.sync();
    const [ready] = world.messaging.reminders().filter(({ patientId }) => patientId === patient.id);

    // when: nothing plans and no step is taken up
    await world.app.get(Transactions).run(world.ctx, (tx) => world.patients.end!(tx, [patient.id]));

    // then: the other patient's reminders stay
    const steps = await world.rows<{ state: string; reason: string | null }>(
      `select s.state, s.reason from scheduling.step s
         join scheduling.appointment a on a.id = s.appointment_id
        where a.patient_id = $1 order by s.due_at`,
      [patient.id],
    );
    expect(steps).toEqual([
      { state: 'handed', reason: null },
      { state: 'withdrawn', reason: 'deceased' },
    ]);
    const states = world.messaging
      .reminders()
      .map(({ id, state, reason }) => [id === ready!.id, state, reason]);
    expect(states.sort()).toEqual([
      [false, 'ready', null],
      [true, 'refused', 'deceased'],
    ]);
  });

  it('case 32: undo the death with them when a message cannot be taken back', async () => {
    await world.book(70);
    const patientId = world.messaging.reminders()[0]!.patientId!;
    const broken = jest.spyOn(world.messaging, 'withdraw').mockRejectedValueOnce(new Error('no database'));
    const died = world.app.get(Transactions).run(world.ctx, (tx) => world.patients.end!(tx, [patientId]));
    await expect(died).rejects.toThrow('no database');
    expect(await world.story()).toEqual(['1 three-days handed', '1 one-day planned']);
    broken.mockRestore();
  });

  it('tell patients who has a visit to come, once it is planned', async () => {
    await world.book(96);
    const [visit] = await world.rows<{ patient_id: Uuid }>('select patient_id from scheduling.appointment');
    const { patient_id: id } = visit!;
    const { patient: other } = world.patients.add('3', 'Chitra');
    expect(new Set(world.patients.expected)).toEqual(new Set([id]));
    const ahead = () =>
      world.app.get(Transactions).run(world.ctx, (tx) => world.patients.visitsAhead!(tx, [id, other.id]));
    expect(await ahead()).toEqual(new Set([id]));
    world.change('1', { status: 'cancelled' });
    await world.sync();
    expect(await ahead()).toEqual(new Set());
  });

  describe('of a number that several patients have', () => {
    it('wait, say why, and go once somebody has confirmed it', async () => {
      const person = world.patients.add('1', 'Asha');
      person.addresses = [{ id: newId(), kind: 'phone', confirmed: false }];
      await world.book(20);
      expect(world.messaging.reminders()).toEqual([]);
      expect((await world.story()).at(-1)).toBe('1 one-day planned number-shared');
      expect(world.patients.asked).toEqual([person.patient.id]);

      person.addresses[0]!.confirmed = true;
      await world.advance(0.2);
      expect(world.messaging.reminders()).toHaveLength(1);
    });
  });

  it('go to another number of the patient where the first is in doubt', async () => {
    const person = world.patients.add('1', 'Asha');
    const own: ContactAddress = { id: newId(), kind: 'phone', confirmed: true };
    person.addresses = [{ id: newId(), kind: 'phone', confirmed: false }, own];
    await world.book(20);
    expect(world.messaging.reminders().map(({ addressId }) => addressId)).toEqual([own.id]);
  });

  describe('of a minor', () => {
    const minor = (addresses: ContactAddress[]) => {
      const person = world.patients.add('1', 'Asha', { addresses });
      person.patient.byProxy = true;
      return person;
    };

    it.each(['no-guardian', 'guardian-expired'])('wait for a guardian, and say why: %s', async (reason) => {
      world.patients.missing = reason;
      minor([]);
      await world.book(20);
      expect(world.messaging.reminders()).toEqual([]);
      expect((await world.story()).at(-1)).toBe(`1 one-day planned ${reason}`);
      expect(skipWords(reason)).toContain('under age');
      expect(world.patients.refreshed).toBeGreaterThan(0);
    });

    it('are left out where no guardian has agreed', async () => {
      minor([{ id: newId(), kind: 'phone', confirmed: true }]);
      await world.book(20);
      expect(world.messaging.reminders()).toEqual([]);
      expect((await world.story()).at(-1)).toBe('1 one-day skipped guardian-no-consent');
      expect(skipWords('guardian-no-consent')).toContain('no guardian has agreed');
    });
  });

  it('of a cancelled visit are withdrawn only once a send under way has ended', async () => {
    // given
    await world.book(70);
    const [visit] = await world.rows<{ id: string }>('select id from scheduling.appointment');
    const key = fenceKey(world.ctx.organizationId, 'visit', visit!.id);
    const sender = await world.app.get(Fence).pass([key]);
    world.change('1', { status: 'cancelled' });

    // when
    const synced = world.ehr.sync(world.ctx);
    await sleep(300);
    const before = await world.rows('select status from scheduling.appointment');
    const waiting = world.messaging.reminders()[0]!.state;
    await sender.end();
    await synced;

    // then
    expect([before, waiting]).toEqual([[{ status: 'booked' }], 'ready']);
    expect(world.messaging.reminders()[0]!.state).toBe('refused');
  });

  it('of a cancelled visit are taken back later where a send hangs, and the EHR is read on', async () => {
    // given
    await world.book(70);
    const [visit] = await world.rows<{ id: string }>('select id from scheduling.appointment');
    const sender = await world.app.get(Fence).pass([fenceKey(world.ctx.organizationId, 'visit', visit!.id)]);
    world.change('1', { status: 'cancelled' });

    // when: longer than a fence waits
    await world.ehr.sync(world.ctx);
    const stored = await world.rows('select status from scheduling.appointment');
    const waiting = world.messaging.reminders()[0]!.state;
    await sender.end();
    await world.settle();

    // then
    expect([stored, waiting]).toEqual([[{ status: 'cancelled' }], 'ready']);
    expect(world.messaging.reminders()[0]).toMatchObject({ state: 'refused', reason: 'cancelled' });
  }, 40_000);

  it('case 19: of a visit entered in error are taken back, and nobody is told of a cancellation', async () => {
    await world.book(70);
    world.change('1', { status: 'entered-in-error' });
    await world.sync();
    expect(await world.story()).toEqual(['1 three-days handed', '1 one-day withdrawn entered-in-error']);
    expect(world.messaging.reminders()).toHaveLength(1);
    expect(world.messaging.reminders()[0]).toMatchObject({ state: 'refused', reason: 'entered-in-error' });
    await world.advance(80);
    expect(world.messaging.reminders()).toHaveLength(1);
  });

  it('case 19: say nothing any more once their visit turns out to have been entered in error', async () => {
    // given: one that was read, of a visit that stands beside another
    await world.book(70);
    await world.book(66, { id: '2' });
    world.messaging.deliver();
    const saysSomething = (): boolean[] =>
      world.messaging.reminders().map(({ content }) => content.kind === 'template');
    expect(saysSomething()).toEqual([true, true]);

    // when
    world.change('1', { status: 'entered-in-error' });
    await world.sync();

    // then: that it was sent stays known
    expect(saysSomething()).toEqual([false, true]);
    expect(world.messaging.reminders()[0]).toMatchObject({ state: 'read' });
  });

  it('case 19: that are being sent meanwhile say nothing any more once they are gone', async () => {
    // given
    await world.book(70);
    world.messaging.deliver('sending');
    const [reminder] = world.messaging.reminders();
    world.change('1', { status: 'entered-in-error' });
    await world.sync();
    expect(reminder!.content.kind).toBe('template');

    // when
    reminder!.state = 'accepted';
    await world.app.get(FollowReminders, { strict: false }).run(world.ctx, [reminder!.id]);

    // then
    expect(reminder).toMatchObject({ state: 'accepted', content: { kind: 'text', text: '' } });
  });

  it('of the other visits on a page are taken back at once where one send hangs', async () => {
    // given
    await world.book(70);
    world.ehr.put({ ...world.ehr.get('1'), id: '2' });
    await world.sync();
    const visits = await world.rows<{ id: string }>('select id from scheduling.appointment order by fhir_id');
    const hung = fenceKey(world.ctx.organizationId, 'visit', visits[0]!.id);
    const sender = await world.app.get(Fence).pass([hung]);
    for (const id of ['1', '2']) world.change(id, { status: 'cancelled' });

    // when: longer than a fence waits
    await world.ehr.sync(world.ctx);
    const states = (): string[] =>
      visits.map(({ id }) => world.messaging.reminders().find(({ visitId }) => visitId === id)!.state);
    const before = states();
    await sender.end();
    await world.settle();

    // then
    expect(before).toEqual(['ready', 'refused']);
    expect(states()).toEqual(['refused', 'refused']);
  }, 40_000);

  it('go once, however many workers look for them', async () => {
    // given
    await world.book(96);
    await world.setClock(new Date((await world.now()).getTime() + 24.5 * 3_600_000).toISOString());

    // when
    const loop = world.app.get(StepsLoop);
    const worked = await Promise.all([1, 2, 3, 4].map(() => loop.claim(world.ctx)));
    await world.settle();

    // then
    expect(worked.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);
    expect(world.ehr.reads).toBe(1);
    expect(world.messaging.reminders()).toHaveLength(1);
  });

  it('wait, and say why, when messaging cannot take them', async () => {
    world.messaging.fault = new Fault({
      code: 'messaging.no-account',
      kind: 'conflict',
      words: 'No account.',
    });
    await world.book(20);
    expect(await world.story()).toContain('1 one-day planned messaging.no-account');
    expect(await world.rows('select from scheduling.button_token')).toEqual([]);
  });

  it('case 16: fall with a visit that the EHR no longer has', async () => {
    await world.book(96);
    world.ehr.remove('1');
    await world.advance(25);
    expect(await world.story()).toEqual(['1 three-days withdrawn gone', '1 one-day withdrawn gone']);
  });

  it('fall with a declined visit, and staff are asked', async () => {
    await world.book(96);
    world.change('1', { participant: [participant('Patient/1', 'declined')] });
    await world.sync();
    expect(await world.story()).toEqual(['1 three-days withdrawn declined', '1 one-day withdrawn declined']);
    expect(world.worklist.kinds()).toEqual(['appointment-declined: declined-in-ehr']);
  });

  it.each([true, false])(
    'case 17: are not sent for a visit that was cancelled since the last sweep (fed: %s)',
    async (feeds) => {
      world.ehr.feeds = feeds;
      await world.book(96);
      world.change('1', { status: 'cancelled' });
      await world.advance(25);
      expect(world.messaging.reminders()).toHaveLength(0);
      expect(await world.story()).toEqual([
        '1 three-days withdrawn cancelled',
        '1 one-day withdrawn cancelled',
      ]);
    },
  );

  it('case 18: wait while the EHR cannot be read, and are never sent blind', async () => {
    // given
    await world.book(96);
    world.ehr.mood = 'away';

    // when
    await world.advance(24.1);

    // then
    expect(world.messaging.reminders()).toHaveLength(0);
    expect(await world.story()).toContain('1 three-days planned ehr-unavailable');

    // when
    world.ehr.mood = 'well';
    await world.advance(1);
    expect(await world.story()).toContain('1 three-days handed');
  });

  it('case 18: expire when the EHR stays away until they are of no use, and say so', async () => {
    await world.book(96, {});
    world.ehr.mood = 'away';
    await world.advance(24.1);
    await world.advance(48);
    await world.advance(23);
    expect(world.messaging.reminders()).toHaveLength(0);
    expect(await world.story()).toEqual([
      '1 three-days skipped superseded',
      '1 one-day expired ehr-unavailable',
    ]);
  });

  it('case 16: wait, with a work item, while the EHR forbids the read', async () => {
    world.ehr.mood = 'forbidden';
    await world.book(20);
    expect(await world.story()).toContain('1 one-day planned ehr-forbidden');
    expect(world.worklist.kinds()).toEqual(['appointment-unreadable: ehr-forbidden']);

    world.ehr.mood = 'well';
    await world.advance(1);
    expect(await world.story()).toContain('1 one-day handed');
    expect(world.worklist.kinds()).toEqual([]);
    expect(world.worklist.resolved).toEqual(['appointment-unreadable: readable-again']);
  });

  it.each([
    ['is gone', () => world.ehr.remove('1')],
    ['is cancelled', () => world.change('1', { status: 'cancelled' })],
  ])('case 16: are nobody’s work any more when a visit that could not be read %s', async (_, happens) => {
    world.ehr.mood = 'forbidden';
    await world.book(20);
    expect(world.worklist.kinds()).toEqual(['appointment-unreadable: ehr-forbidden']);
    happens();
    // A sweep tells of a cancellation; that a visit is gone only its own read tells.
    if (_ === 'is cancelled') await world.sync();
    else {
      world.ehr.mood = 'well';
      await world.advance(1);
    }
    expect(world.worklist.kinds()).toEqual([]);
    expect(world.worklist.resolved).toEqual(['appointment-unreadable: no-visit']);
  });

  it('wait and say why while the template is missing', async () => {
    const { templates } = world.messaging;
    world.messaging.templates = [];
    await world.book(20);
    expect(await world.story()).toContain('1 one-day planned template-missing');

    world.messaging.templates = templates;
    await world.advance(0.1);
    expect(await world.story()).toContain('1 one-day handed');
  });

  it('wait when the template has other variables', async () => {
    world.messaging.templates[0]!.parameters = 4;
    await world.book(20);
    expect(await world.story()).toContain('1 one-day planned template-mismatch');
  });

  it('speak the patient’s language where there is a template', async () => {
    world.patients.add('1', 'Asha', { language: 'es-MX' });
    world.messaging.templates.push(reminderTemplate('es'));
    await world.setClock('2027-01-10T09:00:00Z');
    await world.book(20);
    expect(world.messaging.reminders()[0]!.content).toMatchObject({
      language: 'es',
      body: expect.arrayContaining(['lunes, 11 de enero']),
    });
  });

  it.each([
    ['nobody can be reached', { addresses: [] }, 'no-address'],
    ['the patient has died', { patient: { deceased: true } }, 'deceased'],
    ['the record is inactive', { patient: { active: false } }, 'inactive'],
    ['the record has no name', { given: ' ' }, 'no-name'],
  ])('are skipped with a reason when %s', async (_case, change, reason) => {
    const person = world.patients.add('1', 'Asha');
    const { patient, ...rest } = change as { patient?: object };
    Object.assign(person, rest);
    Object.assign(person.patient, patient);
    await world.book(20);
    expect(await world.story()).toEqual(['1 three-days skipped superseded', `1 one-day skipped ${reason}`]);
  });

  it('do not repeat what was told, when a visit was cancelled by mistake', async () => {
    // given
    await world.book(20);
    world.messaging.deliver();
    world.change('1', { status: 'cancelled' });
    await world.sync();

    // when
    world.change('1', { status: 'booked' });
    await world.sync();

    // then
    expect(world.messaging.reminders()).toHaveLength(1);
    expect((await world.story()).at(-1)).toBe('3 one-day skipped already-told');
  });

  it('are told again when the visit moved, that was told, and it moved back', async () => {
    // given
    await world.book(20);
    world.messaging.deliver();
    const { start, end } = world.ehr.get('1');
    const later = new Date(Date.parse(start!) + 3 * 3_600_000);
    world.change('1', { start: later.toISOString(), end: undefined });
    await world.sync();
    world.messaging.deliver();

    // when
    world.change('1', { start, end });
    await world.sync();

    // then
    expect(world.messaging.reminders()).toHaveLength(3);
    expect((await world.story()).at(-1)).toBe('3 one-day handed');
  });

  it('are told again when the first never left', async () => {
    await world.book(20);
    world.change('1', { status: 'cancelled' });
    await world.sync();
    world.change('1', { status: 'booked' });
    await world.sync();
    expect(world.messaging.reminders().map(({ state }) => state)).toEqual(['refused', 'ready']);
  });

  it('tell a new place of the same start', async () => {
    await world.book(20);
    world.messaging.deliver();
    world.change('1', { participant: [participant('Patient/1'), participant('Location/8')] });
    await world.sync();
    expect(world.messaging.reminders()).toHaveLength(2);
  });

  it('after an outage go only while of use, one per visit', async () => {
    // given
    await world.book(73);
    await world.book(80, { id: '2' });
    await world.rows(`update scheduling.step set leased_until = now() + interval '1 day'`);

    // when: nobody works for two days, and then all is due
    await world.advance(60);
    await world.rows('update scheduling.step set leased_until = null');
    await world.settle();

    // then
    const story = await world.story();
    expect(story.filter((line) => line === '1 three-days skipped superseded')).toHaveLength(2);
    expect(story.filter((line) => line === '1 one-day handed')).toHaveLength(2);
  });

  it('come to one per patient of a group visit, and name only that one', async () => {
    world.patients.add('2', 'Ben');
    await world.book(20, { participant: [participant('Patient/1'), participant('Patient/2')] });
    const bodies = world.messaging
      .reminders()
      .map(({ content }) => (content.kind === 'template' ? content.body : []));
    expect(bodies.map(([name]) => name).sort()).toEqual(['Asha', 'Ben']);
    expect(bodies.every((body) => body.join().includes('Asha') !== body.join().includes('Ben'))).toBe(true);
  });

  it('follow the visit when its patient is another', async () => {
    world.patients.add('2', 'Ben');
    await world.book(96);
    world.change('1', { participant: [participant('Patient/2')] });
    await world.sync();
    expect((await world.story()).sort()).toEqual([
      '1 one-day planned',
      '1 one-day withdrawn gone',
      '1 three-days planned',
      '1 three-days withdrawn gone',
    ]);
  });

  it('find a patient whom we have not met', async () => {
    world.patients.add('1', 'Asha', { known: false });
    await world.book(20);
    expect(await world.story()).toContain('1 one-day handed');
  });

  it('of a patient who is met in the very turn wait until the EHR was asked about the patient', async () => {
    await world.book(80);
    await world.rows('update scheduling.appointment set patient_id = null');
    const asked: string[] = [];
    const guardians = jest.spyOn(world.patients, 'refreshGuardians');
    guardians.mockImplementation(async () => void asked.push('guardians'));
    const denies = jest.spyOn(world.ehr, 'contactFlags');
    denies.mockImplementation(async () => (asked.push('denies'), []));
    const send = world.messaging.send.bind(world.messaging);
    jest.spyOn(world.messaging, 'send').mockImplementation(async (ctx, request) => {
      if (request.origin === 'reminder') asked.push('sent');
      return send(ctx, request);
    });
    await world.advance(10);
    jest.restoreAllMocks();
    expect(await world.story()).toContain('1 three-days handed');
    expect(asked).toEqual(['guardians', 'denies', 'sent']);
  });

  it('of one bad row leave the others alone', async () => {
    await world.book(96, { id: '2', participant: [participant('Patient/unknown')] });
    await world.book(20);
    expect(await world.story()).toContain('1 one-day handed');
  });

  it('change with the rules', async () => {
    await world.book(96);
    await world.apply({
      reminders: [{ ...RULES[1]!, before: 'P2D' }],
      quietHours: NO_QUIET_HOURS,
    });
    await world.settle();
    const steps = await world.steps();
    expect(await world.story()).toEqual(['1 three-days withdrawn rule-removed', '1 one-day planned']);
    expect(steps[1]!.due_at).toEqual(new Date(Date.parse(world.ehr.get('1').start!) - 48 * 3_600_000));

    await world.apply({ reminders: RULES, quietHours: NO_QUIET_HOURS });
    await world.settle();
    expect((await world.story()).filter((line) => line === '1 three-days planned')).toHaveLength(1);
  });
});

describe('quiet hours', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin({ quietHours: { from: '21:00', to: '08:00' }, reminders: [RULES[1]] });
  });

  afterAll(() => world.end());

  beforeEach(async () => {
    await world.reset();
    world.patients.add('1', 'Asha');
  });

  it('bring a reminder of the night into the evening before', async () => {
    await world.setClock('2027-01-10T12:00:00Z');
    await world.book(64); // 04:00 on the 13th
    const [step] = await world.steps();
    expect(step!.due_at).toEqual(new Date('2027-01-11T20:30:00Z'));
  });

  it('hold a step that could not go in the evening until the morning', async () => {
    await world.setClock('2027-01-10T12:00:00Z');
    await world.book(64);
    world.ehr.mood = 'away';
    await world.advance(32.6);
    world.ehr.mood = 'well';
    await world.advance(1);
    expect(await world.story()).toEqual(['1 one-day planned quiet-hours']);
    expect(world.messaging.reminders()).toHaveLength(0);

    await world.advance(11);
    expect(await world.story()).toEqual(['1 one-day handed']);
  });
});
