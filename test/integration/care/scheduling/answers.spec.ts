import { participant, World } from './support/world.js';

const HOUR = 3_600_000;

describe('the buttons of a reminder', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin();
  });

  afterAll(() => world.end());

  beforeEach(async () => {
    await world.reset();
    world.patients.add('1', 'Asha');
    await world.book(60);
    world.messaging.deliver();
  });

  const appointment = async () =>
    (await world.rows<Record<string, unknown>>('select * from scheduling.appointment'))[0]!;
  const actions = () =>
    world.rows<{ kind: string; state: string; reason: string | null }>(
      'select kind, state, reason from scheduling.action order by id',
    );
  const said = () => world.messaging.texts();

  it('confirm: the EHR holds accepted, and the patient reads it', async () => {
    const answer = await world.tap('confirm');

    expect(answer).toEqual({ patientId: world.messaging.reminders()[0]!.patientId });
    expect(world.ehr.get('1').participant[0]!.status).toBe('accepted');
    expect(said()).toEqual(['Thank you. Your appointment is confirmed.']);
    expect(world.conversations.outcomes).toEqual(['appointment-confirmed']);
    expect(await appointment()).toMatchObject({
      participant_status: 'accepted',
      confirmed_version: 1,
      visit_version: 1,
    });
    expect(world.audit.entries.map(({ type }) => type)).toEqual(['appointment.confirmed']);
    await world.advance(37);
    expect(await world.story()).toEqual(['1 three-days handed', '1 one-day handed']);
  });

  it('cancel: the EHR holds cancelled, later steps are withdrawn, and the patient reads it', async () => {
    await world.tap('cancel');

    expect(world.ehr.get('1').status).toBe('cancelled');
    expect(said()).toEqual(['Your appointment is cancelled. Thank you for telling us.']);
    expect(world.conversations.outcomes).toEqual(['appointment-cancelled']);
    expect(await world.story()).toEqual(['1 three-days handed', '1 one-day withdrawn patient-cancelled']);
    await world.advance(48);
    expect(world.messaging.reminders()).toHaveLength(1);
  });

  it('cancel: a sweep that brings our own write changes nothing', async () => {
    await world.tap('cancel');
    const before = await appointment();
    await world.sync();
    expect(await appointment()).toEqual(before);
  });

  it('cancel: what still waits in the ledger is taken back', async () => {
    world.messaging.reminders()[0]!.state = 'ready';
    await world.tap('cancel');
    expect(world.messaging.reminders()[0]).toMatchObject({ state: 'refused', reason: 'patient-cancelled' });
  });

  it('work once: the second tap changes nothing', async () => {
    await world.tap('confirm');
    const answer = await world.tap('confirm');
    expect(answer?.outcome?.code).toBe('button-used');
    expect(world.ehr.writes).toBe(1);
    expect(said()[1]).toBe('We already have this answer. Nothing more is needed.');
  });

  it('work once also when both taps come at the same moment', async () => {
    await Promise.all([world.tap('confirm'), world.tap('confirm'), world.tap('confirm')]);
    expect(await actions()).toEqual([{ kind: 'confirm', state: 'written', reason: null }]);
    expect(world.ehr.writes).toBe(1);
  });

  it('handle the same inbound message twice without a second answer', async () => {
    const id = '00000000-0000-7000-8000-000000000001';
    await world.tap('confirm', { id });
    const again = await world.tap('confirm', { id });
    expect(again).toEqual({ patientId: world.messaging.reminders()[0]!.patientId });
    expect(said()).toHaveLength(1);
    expect(world.ehr.writes).toBe(1);
  });

  it('let a patient who confirmed cancel after all', async () => {
    await world.tap('confirm');
    await world.tap('cancel');
    expect(world.ehr.get('1').status).toBe('cancelled');
    expect(world.conversations.outcomes).toEqual(['appointment-confirmed', 'appointment-cancelled']);
  });

  it('do nothing for a visit that moved, and say when it is now', async () => {
    const start = new Date('2027-03-01T09:00:00Z');
    world.change('1', { start: start.toISOString(), end: new Date(start.getTime() + HOUR).toISOString() });
    await world.sync();
    const answer = await world.tap('cancel');

    expect(answer?.outcome).toMatchObject({ code: 'button-expired' });
    expect(world.ehr.writes).toBe(0);
    expect(world.ehr.get('1').status).toBe('booked');
    expect(said()[0]).toBe(
      'This button is no longer valid, so nothing has changed. Your appointment is now on Monday, March 1, 9:00 AM GMT.',
    );
  });

  it.each([true, false])('do nothing when the visit moved since the last sweep (fed: %s)', async (feeds) => {
    world.ehr.feeds = feeds;
    const start = new Date(Date.parse(world.ehr.get('1').start!) + HOUR);
    world.change('1', { start: start.toISOString(), end: undefined });
    await world.tap('cancel');
    expect(world.ehr.writes).toBe(0);
    expect(await actions()).toEqual([{ kind: 'cancel', state: 'overtaken', reason: 'visit-changed' }]);
    expect(world.conversations.outcomes).toEqual(['button-expired']);
    expect(said()[0]).toContain('Your appointment is now on');
  });

  it('do nothing when the visit moves between our read and our write', async () => {
    const start = new Date(Date.parse(world.ehr.get('1').start!) + HOUR);
    world.ehr.afterRead = async () => world.change('1', { start: start.toISOString(), end: undefined });
    await world.tap('cancel');
    expect(world.ehr.get('1').status).toBe('booked');
    expect(await actions()).toEqual([{ kind: 'cancel', state: 'overtaken', reason: 'visit-changed' }]);
  });

  it('do nothing once the visit has begun', async () => {
    await world.advance(60.1);
    const answer = await world.tap('confirm');
    expect(answer?.outcome?.code).toBe('button-expired');
    expect(said()).toEqual([expect.stringContaining('no longer valid')]);
    expect(world.ehr.writes).toBe(0);
  });

  it('do nothing from another address, and tell it nothing of the visit', async () => {
    const stranger = world.patients.add('9', 'Nobody').addresses[0]!.id;
    const answer = await world.tap('cancel', { addressId: stranger });
    expect(answer).toEqual({ outcome: { code: 'button-unknown' } });
    expect(said()).toEqual([expect.stringContaining('For questions')]);
    expect(world.messaging.messages.at(-1)).toMatchObject({ addressId: stranger, patientId: null });
    expect(world.ehr.writes).toBe(0);
  });

  it('do nothing with a token that was never ours', async () => {
    const answer = await world.tap({ token: `ct1.${'x'.repeat(32)}` });
    expect(answer).toEqual({ outcome: { code: 'button-unknown' } });
    expect(await actions()).toEqual([]);
  });

  it('leave other taps to others', async () => {
    expect(await world.tap({ token: 'yes' })).toBeNull();
  });

  it('are kept as hashes only', async () => {
    const { content } = world.messaging.reminders()[0]!;
    const tokens = content.kind === 'template' ? content.buttons : [];
    const rows = await world.rows<{ token_hash: Buffer }>('select token_hash from scheduling.button_token');
    const stored = rows.map(({ token_hash }) => token_hash.toString('latin1'));
    expect(tokens).toHaveLength(2);
    expect(stored.filter((one) => tokens.some((token) => one.includes(token.slice(4))))).toEqual([]);
  });

  it.each([
    ['cannot write', { level: 'L0' as const }, 'ehr-cannot-write'],
    ['says yes and does nothing', { mood: 'ignores-writes' as const }, 'ehr-did-not-take-it'],
  ])('go to the desk when the EHR %s', async (_case, ehr, reason) => {
    Object.assign(world.ehr, ehr);
    await world.tap('cancel');

    expect(world.worklist.kinds()).toEqual([`appointment-cancellation: ${reason}`]);
    expect(said()).toEqual([
      'Request received. We have passed it to the desk. Your appointment stands until you hear from them.',
    ]);
    expect(world.conversations.outcomes).toEqual(['cancellation-requested']);
    expect(world.ehr.get('1').status).toBe('booked');
    expect(await world.story()).toContain('1 one-day withdrawn patient-cancelled');
  });

  it('go to the desk at once where the EHR takes no change, which is not even asked', async () => {
    Object.assign(world.ehr, { level: 'L0', mood: 'away' });
    const { reads } = world.ehr;
    await world.tap('cancel');
    expect(world.worklist.kinds()).toEqual(['appointment-cancellation: ehr-cannot-write']);
    expect(world.ehr.reads).toBe(reads);
  });

  it('are true when the EHR did as asked, though it kept something of it otherwise', async () => {
    world.ehr.mood = 'takes-otherwise';
    await world.tap('cancel');
    expect(await actions()).toEqual([{ kind: 'cancel', state: 'written', reason: null }]);
    expect(said()).toEqual(['Your appointment is cancelled. Thank you for telling us.']);
    expect(world.worklist.kinds()).toEqual([]);
  });

  it.each([true, false])('do nothing once the patient has arrived (known: %s)', async (known) => {
    world.change('1', { status: 'arrived' });
    if (known) await world.sync();
    await world.tap('cancel');
    expect(world.ehr.get('1').status).toBe('arrived');
    expect(world.ehr.writes).toBe(0);
    expect(said()).toEqual([
      'The hospital has you down as arrived, so nothing has changed. Please call us if that is wrong.',
    ]);
    expect(world.worklist.kinds()).toEqual([]);
    const [ended] = await actions();
    expect(ended ?? null).toEqual(known ? null : { kind: 'cancel', state: 'overtaken', reason: 'arrived' });
  });

  it('confirm at the desk, and cancel in the EHR, at level L1', async () => {
    world.ehr.level = 'L1';
    await world.tap('confirm');
    expect(world.worklist.kinds()).toEqual(['appointment-confirmation: ehr-cannot-write']);
    expect(said()).toEqual(['Request received. Thank you: we have passed your confirmation to the desk.']);
    expect(await appointment()).toMatchObject({ confirmed_version: 1 });
    await world.tap('cancel');
    expect(world.ehr.get('1').status).toBe('cancelled');
  });

  it('cancel, then confirm: staff are asked for nothing more, and the reminders return', async () => {
    world.ehr.level = 'L0';
    await world.tap('cancel');
    expect(await world.story()).toContain('1 one-day withdrawn patient-cancelled');
    world.ehr.level = 'L2';
    await world.tap('confirm');

    expect(world.worklist.kinds()).toEqual([]);
    expect(world.worklist.resolved).toEqual(['appointment-cancellation: patient-changed-mind']);
    expect(await world.story()).toEqual(['1 three-days handed', '1 one-day planned']);
    await world.advance(37);
    expect(await world.story()).toEqual(['1 three-days handed', '1 one-day handed']);
  });

  it('confirm, then cancel: the confirmation leaves the work list', async () => {
    world.ehr.level = 'L0';
    await world.tap('confirm');
    await world.tap('cancel');
    expect(world.worklist.kinds()).toEqual(['appointment-cancellation: ehr-cannot-write']);
    expect(world.worklist.resolved).toEqual(['appointment-confirmation: patient-changed-mind']);
  });

  it('cancel, then confirm while the EHR is away: the cancel is never written', async () => {
    world.ehr.mood = 'away';
    await world.tap('cancel');
    await world.tap('confirm');
    world.ehr.mood = 'well';
    for (let round = 0; round < 4; round++) await world.advance(0.06);

    expect(world.ehr.get('1')).toMatchObject({ status: 'booked', participant: [{ status: 'accepted' }] });
    expect(await actions()).toEqual([
      { kind: 'cancel', state: 'overtaken', reason: 'patient-changed-mind' },
      { kind: 'confirm', state: 'written', reason: null },
    ]);
    expect(said()).toEqual(['Thank you. Your appointment is confirmed.']);
  });

  it('cancel, then confirm while the EHR stays away: only the confirmation goes to the desk', async () => {
    world.ehr.mood = 'away';
    await world.tap('cancel');
    await world.tap('confirm');
    for (let round = 0; round < 12; round++) await world.advance(0.06);
    expect(world.worklist.kinds()).toEqual(['appointment-confirmation: ehr-unavailable']);
    expect(await actions()).toMatchObject([
      { kind: 'cancel', state: 'overtaken', reason: 'patient-changed-mind' },
      { kind: 'confirm', state: 'passed' },
    ]);
  });

  it.each([
    ['cancel', 'done-in-ehr', { status: 'cancelled' as const }],
    ['confirm', 'done-in-ehr', { participant: [participant('Patient/1', 'accepted')] }],
    ['cancel', 'visit-changed', { start: '2037-03-01T09:00:00Z', end: undefined }],
    ['confirm', 'visit-changed', { start: '2037-03-01T09:00:00Z', end: undefined }],
  ] as const)('%s: the work item ends as %s by what the EHR says', async (kind, resolution, change) => {
    world.ehr.level = 'L0';
    await world.tap(kind);
    expect(world.worklist.kinds()).toHaveLength(1);
    world.change('1', change as object);
    await world.sync();
    expect(world.worklist.kinds()).toEqual([]);
    expect(world.worklist.resolved).toEqual([expect.stringMatching(`: ${resolution}$`)]);
  });

  it('go to the desk after five times when what was done cannot be kept', async () => {
    world.conversations.fault = new Error('no room');
    await world.tap('cancel');
    expect(await actions()).toEqual([{ kind: 'cancel', state: 'asked', reason: 'answer-not-kept' }]);
    for (let round = 0; round < 4; round++) await world.advance(0.06);

    expect(await actions()).toEqual([{ kind: 'cancel', state: 'passed', reason: 'answer-not-kept' }]);
    expect(world.worklist.kinds()).toEqual(['appointment-cancellation: answer-not-kept']);
    expect(world.ehr.writes).toBe(1);
  });

  it('wait for an EHR that is away, and are written once it is back', async () => {
    world.ehr.mood = 'away';
    await world.tap('cancel');
    expect(await actions()).toEqual([{ kind: 'cancel', state: 'asked', reason: 'ehr-unavailable' }]);
    expect(said()).toEqual([]);

    world.ehr.mood = 'well';
    await world.advance(0.01);
    expect(world.ehr.get('1').status).toBe('cancelled');
    expect(said()).toEqual(['Your appointment is cancelled. Thank you for telling us.']);
  });

  it('go to the desk after five failures', async () => {
    world.ehr.mood = 'away';
    await world.tap('cancel');
    for (let round = 0; round < 4; round++) await world.advance(0.06);
    expect(await actions()).toEqual([{ kind: 'cancel', state: 'passed', reason: 'ehr-unavailable' }]);
    expect(world.worklist.kinds()).toEqual(['appointment-cancellation: ehr-unavailable']);
    await world.advance(1);
    expect(world.ehr.reads).toBe(6);
  });

  it('see a write whose answer was lost, and do not write again', async () => {
    world.ehr.mood = 'loses-answers';
    await world.tap('cancel');
    expect(await actions()).toMatchObject([{ state: 'asked' }]);
    await world.advance(0.01);
    expect(world.ehr.writes).toBe(1);
    expect(await actions()).toEqual([{ kind: 'cancel', state: 'written', reason: null }]);
    expect(world.conversations.outcomes).toEqual(['appointment-cancelled']);
  });
});

describe('the buttons of a group visit', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin();
  });

  afterAll(() => world.end());

  beforeEach(async () => {
    await world.reset();
    world.patients.add('1', 'Asha');
    world.patients.add('2', 'Ben');
    await world.book(60, { participant: [participant('Patient/1'), participant('Patient/2')] });
    world.messaging.deliver();
  });

  it('never cancel it for the others', async () => {
    await world.tap('cancel');
    expect(world.ehr.get('1').status).toBe('booked');
    expect(world.ehr.writes).toBe(0);
    expect(world.worklist.kinds()).toEqual(['appointment-cancellation: group-visit']);
  });

  it('confirm for this patient alone', async () => {
    await world.tap('confirm');
    expect(
      world.ehr
        .get('1')
        .participant.map(({ status }) => status)
        .sort(),
    ).toEqual(['accepted', 'needs-action']);
  });
});

describe('the buttons of two visits of one patient', () => {
  it('change only the visit that they speak of', async () => {
    const world = await World.begin();
    try {
      world.patients.add('1', 'Asha');
      await world.book(60);
      const first = world.messaging.reminders()[0]!.content;
      await world.book(65, { id: '2' });
      await world.tap({ token: first.kind === 'template' ? first.buttons[1]! : '' });
      expect(world.ehr.get('1').status).toBe('cancelled');
      expect(world.ehr.get('2').status).toBe('booked');
    } finally {
      await world.end();
    }
  });
});
