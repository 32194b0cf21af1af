import { World } from './support/world.js';

describe('a reminder that is due while its patient has said something', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin();
  });
  beforeEach(async () => {
    await world.reset();
    world.patients.add('1', 'Asha');
  });
  afterAll(() => world.end());

  it('waits while webhooks wait to be read', async () => {
    world.messaging.behind = true;
    await world.book(20);
    expect(world.messaging.reminders()).toEqual([]);

    world.messaging.behind = false;
    await world.settle();
    expect(world.messaging.reminders()).toHaveLength(1);
  });

  it.each(['unheard', 'unanswered'] as const)('waits while it is %s', async (which) => {
    const waiting = which === 'unheard' ? world.messaging.unheard : world.conversations.unanswered;
    const [address] = await world.patients.addressesOf(world.ctx, (await patientId())!);
    waiting.add(address!.id);
    await world.book(20);
    expect(world.messaging.reminders()).toEqual([]);
    expect(await world.story()).toContain('1 one-day planned answer-pending');

    waiting.clear();
    await world.advance(0.1);
    expect(world.messaging.reminders()).toHaveLength(1);
  });

  it('waits in the ledger too', async () => {
    await world.book(20);
    world.messaging.behind = true;
    expect(await world.messaging.recheck(world.ctx)).toMatchObject({
      verdict: 'wait',
      reason: 'answer-pending',
    });
  });

  const patientId = async (): Promise<string | undefined> =>
    (await world.patients.byReference(world.ctx, world.ehr.connectionId, 'Patient/1'))?.id;
});
