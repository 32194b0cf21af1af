import { participant, World } from './support/world.js';

const QUIET = { from: '21:00', to: '08:00' };

describe('a reminder that waits in the ledger', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin({ quietHours: QUIET });
  });
  afterAll(() => world.end());

  /** Handed over at ten in the morning, for a visit at that hour the day after. */
  beforeEach(async () => {
    await world.reset();
    world.patients.add('1', 'Asha');
    await world.setClock('2027-01-10T10:00:00Z');
    await world.book(24);
    expect(await world.story()).toContain('1 one-day handed');
  });

  it('may go while the EHR says the same, which it is asked', async () => {
    const { reads } = world.ehr;
    expect(await world.messaging.recheck(world.ctx)).toEqual({ verdict: 'go' });
    expect(world.ehr.reads).toBe(reads + 1);
  });

  it.each([true, false])('falls with a visit cancelled since (fed: %s)', async (feeds) => {
    world.ehr.feeds = feeds;
    world.change('1', { status: 'cancelled' });
    expect(await world.messaging.recheck(world.ctx)).toEqual({ verdict: 'drop', reason: 'cancelled' });
    await world.settle();
    expect(world.messaging.reminders()[0]).toMatchObject({ state: 'refused', reason: 'cancelled' });
  });

  it('falls with a visit that the EHR no longer has', async () => {
    world.ehr.remove('1');
    expect(await world.messaging.recheck(world.ctx)).toEqual({ verdict: 'drop', reason: 'gone' });
  });

  it('falls with a visit that moved, and the visit is planned anew', async () => {
    world.change('1', { participant: [participant('Patient/1'), participant('Location/8')] });
    expect(await world.messaging.recheck(world.ctx)).toEqual({ verdict: 'drop', reason: 'visit-changed' });
    await world.settle();
    expect(await world.story()).toContain('2 one-day handed');
  });

  it('waits until the night is over', async () => {
    await world.setClock('2027-01-10T21:30:00Z');
    const verdict = await world.messaging.recheck(world.ctx);
    expect(verdict).toEqual({
      verdict: 'wait',
      until: new Date('2027-01-11T08:00:00Z'),
      reason: 'quiet-hours',
    });
  });

  it('falls when it is late', async () => {
    await world.setClock('2027-01-11T08:30:00Z');
    expect(await world.messaging.recheck(world.ctx)).toEqual({ verdict: 'drop', reason: 'late' });
  });

  it('waits while the EHR is away', async () => {
    world.ehr.mood = 'away';
    const verdict = await world.messaging.recheck(world.ctx);
    expect(verdict).toMatchObject({ verdict: 'wait', reason: 'ehr-unavailable' });
    expect(world.worklist.kinds()).toEqual([]);
  });

  it('waits while any record of the person is behind break-the-glass, and the EHR is not asked', async () => {
    const { patientId } = world.messaging.reminders()[0]!;
    world.patients.restricted.add(patientId!);
    const { reads } = world.ehr;
    expect(await world.messaging.recheck(world.ctx)).toMatchObject({
      verdict: 'wait',
      reason: 'ehr-forbidden',
    });
    expect(world.ehr.reads).toBe(reads);
  });

  it('waits, with a work item, while the EHR forbids the read', async () => {
    world.ehr.mood = 'forbidden';
    const verdict = await world.messaging.recheck(world.ctx);
    expect(verdict).toMatchObject({ verdict: 'wait', reason: 'ehr-forbidden' });
    expect(world.worklist.kinds()).toEqual(['appointment-unreadable: ehr-forbidden']);
    world.ehr.mood = 'well';
    expect(await world.messaging.recheck(world.ctx)).toEqual({ verdict: 'go' });
    expect(world.worklist.resolved).toEqual(['appointment-unreadable: readable-again']);
  });
});

describe('two reminders of one visit that wait in the ledger', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin();
  });
  afterAll(() => world.end());

  it('come to one: the earlier falls once the later is due', async () => {
    // given
    world.patients.add('1', 'Asha');
    await world.book(96);
    await world.advance(24.1);
    await world.advance(48);
    const [earlier, later] = world.messaging.reminders();
    expect(later).toBeDefined();

    // when
    const verdicts = [
      await world.messaging.recheck(world.ctx, earlier),
      await world.messaging.recheck(world.ctx),
    ];

    // then
    expect(verdicts).toEqual([{ verdict: 'drop', reason: 'superseded' }, { verdict: 'go' }]);
  });
});
