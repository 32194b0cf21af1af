import { systemContext } from '../../../src/platform/context/context.js';
import { closeFence, Fence, fenceKey, isFenceHeld } from '../../../src/platform/database/fence.js';
import { sql, Transactions } from '../../../src/platform/database/transactions.js';
import { newId } from '../../../src/platform/ids/ids.js';
import { type TestPlatform, startPlatform } from '../../support/platform.js';

describe('the passage of a batch', () => {
  let platform: TestPlatform;
  let fence: Fence;
  const ctx = systemContext(newId(), 'test');

  beforeAll(async () => {
    platform = await startPlatform([], 'web');
    fence = platform.app.get(Fence);
  });
  afterAll(() => platform.close());

  const key = () => fenceKey(ctx.organizationId, 'address', newId());
  const canClose = (of: string): Promise<boolean> =>
    platform.app.get(Transactions).run(ctx, async (tx) => {
      const [row] = await sql<{ free: boolean }>(tx, 'select pg_try_advisory_xact_lock($1::bigint) as free', [
        of,
      ]);
      return row!.free;
    });

  it('is not waited for longer than asked: that, and two who wait for each other, pass', async () => {
    const [mine, yours] = [key(), key()];
    const transactions = platform.app.get(Transactions);
    const passage = await fence.pass([mine]);
    const late = await transactions
      .run(ctx, (tx) => closeFence(tx, [mine], 50))
      .catch((error: Error) => error);
    await passage.end();
    expect([late instanceof Error && isFenceHeld(late), isFenceHeld(new Error('other'))]).toEqual([
      true,
      false,
    ]);

    let met = 0;
    const both = new Promise<void>((resolve) => {
      const look = setInterval(() => met === 2 && (clearInterval(look), resolve()), 5);
    });
    const close = (first: string, then: string) =>
      transactions
        .run(ctx, async (tx) => {
          await closeFence(tx, [first]);
          met++;
          await both;
          await closeFence(tx, [then]);
        })
        .then(
          () => null,
          (error: Error) => error,
        );
    const [loser] = (await Promise.all([close(mine, yours), close(yours, mine)])).filter(
      (one) => one !== null,
    );
    expect(isFenceHeld(loser!)).toBe(true);
  });

  it('holds its keys until the last message that needs one is done', async () => {
    const shared = key();
    const passage = await fence.pass([shared, shared]);
    expect(passage.holds([shared])).toBe(true);
    await passage.release([shared]);
    expect([passage.holds([shared]), await canClose(shared)]).toEqual([true, false]);
    await passage.release([shared]);
    expect([passage.holds([shared]), await canClose(shared)]).toEqual([false, true]);
    await passage.end();
  });

  it('holds nothing once it has ended, so that nobody who asks late begins', async () => {
    const mine = key();
    const passage = await fence.pass([mine]);
    await passage.end();
    expect([passage.holds([mine]), await canClose(mine)]).toEqual([false, true]);
  });

  it('takes nothing from the next user of its connection when somebody releases late', async () => {
    // given: two batches one after the other, on the same connection of the pool, about the same address
    const mine = key();
    const first = await fence.pass([mine]);
    await first.end();
    const second = await fence.pass([mine]);
    // when
    await first.release([mine]);
    // then
    expect([second.holds([mine]), await canClose(mine)]).toEqual([true, false]);
    await second.end();
  });
});
