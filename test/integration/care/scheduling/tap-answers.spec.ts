import { SchedulingFacade } from '../../../../src/care/scheduling/index.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { World } from './support/world.js';

describe('the answers to taps', () => {
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

  const answersTo = (...receivedIds: string[]) =>
    world.app.get(SchedulingFacade, { strict: false }).answersTo(world.ctx, receivedIds);
  const replies = (): string[] =>
    world.messaging.messages.filter(({ origin }) => origin === 'reply').map(({ originKey }) => originKey);

  it('are awaited while the EHR is away, and found by their keys once it has answered', async () => {
    const tap = newId();
    world.ehr.mood = 'away';
    await world.tap('confirm', { id: tap });
    expect(replies()).toEqual([]);
    expect(await answersTo(newId(), tap)).toMatchObject({ awaited: true });

    world.ehr.mood = 'well';
    await world.advance(0.1);

    const { awaited, replyKeys } = await answersTo(tap);
    expect(awaited).toBe(false);
    expect(replies()).toHaveLength(1);
    expect(replyKeys).toEqual(expect.arrayContaining(replies()));
  });

  it('are known at once for a tap that asks for nothing', async () => {
    await world.tap('confirm');
    const [again, before] = [newId(), replies()];
    await world.tap('confirm', { id: again });

    const { awaited, replyKeys } = await answersTo(again);
    expect(awaited).toBe(false);
    expect(replies()).toHaveLength(2);
    expect(replies().filter((key) => replyKeys.includes(key) && !before.includes(key))).toHaveLength(1);
  });

  it('are none for what is no tap', async () => {
    await world.tap('confirm');
    const { awaited, replyKeys } = await answersTo(newId());
    expect(awaited).toBe(false);
    expect(replies()).toHaveLength(1);
    expect(replies().filter((key) => replyKeys.includes(key))).toEqual([]);
    expect(await answersTo()).toEqual({ awaited: false, replyKeys: [] });
  });
});
