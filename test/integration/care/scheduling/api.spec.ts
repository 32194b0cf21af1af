import { AppointmentQuery } from '../../../../src/care/scheduling/api/appointments.dto.js';
import { AppointmentsController } from '../../../../src/care/scheduling/api/appointments.controller.js';
import { ReminderRulesController } from '../../../../src/care/scheduling/api/reminder-rules.controller.js';
import { SchedulingFacade } from '../../../../src/care/scheduling/index.js';
import { validationPipe } from '../../../../src/platform/http/validation.js';
import { publicId, uuidFromPublicId } from '../../../../src/platform/ids/ids.js';
import { World } from './support/world.js';

const REPLY = { header: () => undefined } as never;

describe('the appointments of the API', () => {
  let world: World;
  let api: AppointmentsController;

  beforeAll(async () => {
    world = await World.begin();
    api = world.app.get(AppointmentsController);
    world.patients.add('1', 'Asha');
    world.patients.add('2', 'Ben', { addresses: [] });
    await world.setClock('2027-01-10T09:00:00Z');
    await world.book(60);
    world.messaging.deliver();
    await world.tap('confirm');
    for (const id of ['2', '3', '4', '5']) {
      const participant = [{ actor: { reference: 'Patient/2' }, status: 'needs-action' as const }];
      await world.book(90 + Number(id), { id, participant, ...(id === '5' && { status: 'pending' }) });
    }
  });

  afterAll(() => world.end());

  const ask = (query: object): Promise<AppointmentQuery> =>
    validationPipe().transform(query, { type: 'query', metatype: AppointmentQuery });

  it('show a visit with its reminders, in its own zone and without names', async () => {
    const { data } = await api.list(world.ctx, await ask({ limit: '1' }));
    expect(data[0]).toMatchObject({
      id: expect.stringMatching(/^apt_/),
      ehr_connection: publicId('ehr', world.ehr.connectionId),
      reference: 'Appointment/1',
      patient: expect.stringMatching(/^pat_/),
      status: 'booked',
      participant_status: 'accepted',
      live: true,
      start: '2027-01-12T21:00:00+00:00',
      time_zone: 'Europe/London',
      visit_version: 1,
      confirmed_at: expect.any(String),
      reminders: [
        {
          rule: 'three-days',
          state: 'handed',
          message_state: 'read',
          reason: null,
          id: expect.stringMatching(/^stp_/),
        },
        { rule: 'one-day', state: 'planned', message_id: null, due_at: '2027-01-11T21:00:00+00:00' },
      ],
    });
    expect(JSON.stringify(data)).not.toContain('Asha');
  });

  it('come page by page, each once', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.list(world.ctx, await ask({ limit: '2', ...(cursor && { cursor }) }));
      seen.push(...page.data.map(({ reference }) => reference));
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(['1', '2', '3', '4', '5'].map((id) => `Appointment/${id}`));
  });

  it('are filtered by patient, status and time', async () => {
    const references = async (query: object): Promise<string[]> =>
      (await api.list(world.ctx, await ask(query))).data.map(({ reference }) => reference);
    const patient = (await api.list(world.ctx, await ask({ limit: '1' }))).data[0]!.patient;
    expect(await references({ patient })).toEqual(['Appointment/1']);
    expect(await references({ patient: 'pat_nobody' })).toEqual([]);
    expect(await references({ status: 'pending' })).toEqual(['Appointment/5']);
    expect(await references({ from: '2027-01-14T06:00:00+00:00', to: '2027-01-14T08:00:00+01:00' })).toEqual([
      'Appointment/3',
    ]);
  });

  it.each([
    { from: '2027-01-14' },
    { from: '2027-01-14T06:00:00' },
    { to: 'soon' },
    { status: 'confirmed' },
    { limit: '101' },
  ])('refuse %j', async (query) => {
    await expect(ask(query)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('count every step in one state', async () => {
    const { data } = await api.list(world.ctx, await ask({}));
    expect(data.flatMap(({ reminders }) => reminders)).toHaveLength((await world.steps()).length);
  });

  it('tell one visit by its id, with its version as the ETag', async () => {
    const { data } = await api.list(world.ctx, await ask({ limit: '1' }));
    const id = uuidFromPublicId('apt', data[0]!.id)!;
    const headers: unknown[] = [];
    const reply = { header: (...header: unknown[]) => headers.push(header) } as never;
    expect(await api.get(world.ctx, id, reply)).toEqual(data[0]);
    expect(headers).toEqual([['ETag', expect.stringMatching(/^"\d+"$/)]]);
  });

  it('do not exist for another organization', async () => {
    const [row] = await world.rows<{ id: string }>('select id from scheduling.appointment limit 1');
    const other = { ...world.ctx, organizationId: '11111111-1111-7111-8111-111111111111' };
    await expect(api.get(other, row!.id, REPLY)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(api.timeline(other, row!.id)).rejects.toMatchObject({ kind: 'not-found' });
    expect((await api.list(other, await ask({}))).data).toEqual([]);
  });

  it('tell what happened, by time, and the read is in the audit log', async () => {
    const [row] = await world.rows<{ id: string }>(
      `select id from scheduling.appointment where fhir_id = '1'`,
    );
    const { data } = await api.timeline(world.ctx, row!.id);
    expect(data.map(({ what }) => what).sort()).toEqual(
      ['planned', 'planned', 'handed', 'accepted', 'delivered', 'read', 'answered', 'ehr-written'].sort(),
    );
    expect(data.every(({ at }) => /T.*(Z|[+-]\d\d:\d\d)$/.test(at))).toBe(true);
    expect(world.audit.entries.at(-1)).toMatchObject({ type: 'appointment.timeline-read', action: 'R' });
  });

  it.each(['failed', 'refused', 'expired', 'unknown', 'parked'] as const)(
    'tell that a message ended as %s, and why',
    async (state) => {
      const [row] = await world.rows<{ id: string }>(
        `select id from scheduling.appointment where fhir_id = '1'`,
      );
      const reminder = world.messaging.reminders()[0]!;
      const before = { state: reminder.state, reason: reminder.reason };
      Object.assign(reminder, { state, reason: 'some-reason' });
      const { data } = await api.timeline(world.ctx, row!.id);
      Object.assign(reminder, before);
      expect(data.find(({ what }) => what === state)).toMatchObject({
        rule: 'three-days',
        reason: 'some-reason',
        code: state === 'failed' ? 131_026 : null,
        message_id: publicId('msg', reminder.id),
      });
    },
  );

  it('are told to other modules: upcoming, the soonest first', async () => {
    const facade = world.app.get(SchedulingFacade);
    const [row] = await world.rows<{ patient_id: string }>(
      `select patient_id from scheduling.appointment where fhir_id = '2'`,
    );
    const visits = await facade.upcomingFor(world.ctx, row!.patient_id);
    expect(visits.map(({ reference }) => reference)).toEqual(
      ['2', '3', '4', '5'].map((id) => `Appointment/${id}`),
    );
    expect(await facade.get(world.ctx, visits[0]!.id)).toEqual(visits[0]);
    expect(await facade.get(world.ctx, row!.patient_id)).toBeNull();
  });

  it('are foreseen by a preview: who would be reminded, and why others would not', async () => {
    const rules = world.app.get(ReminderRulesController);
    const { data } = await rules.list(world.ctx);
    const oneDay = uuidFromPublicId('rul', data.find(({ key }) => key === 'one-day')!.id)!;
    const before = world.messaging.messages.length;
    expect(await rules.preview(world.ctx, oneDay)).toMatchObject({
      would_send: 1,
      skipped: [{ reason: 'no-address', count: 3 }],
      cut_off: false,
    });
    world.messaging.refused.add(world.messaging.reminders()[0]!.addressId);
    expect(await rules.preview(world.ctx, oneDay)).toMatchObject({
      would_send: 0,
      skipped: [
        { reason: 'no-address', count: 3 },
        { reason: 'no-consent', count: 1 },
      ],
    });
    expect(world.messaging.messages).toHaveLength(before);
  });
});
