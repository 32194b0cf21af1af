import { systemContext } from '../../../platform/context/context.js';
import { DatabaseFault } from '../../../platform/database/database-fault.js';
import { Log } from '../../../platform/logging/log.js';
import type { RecordSends } from './record-sends.js';
import { Results } from './results.js';
import type { SendResult } from './send-result.js';

const ctx = systemContext('018f0000-0000-7000-8000-000000000001', 'test');
const result = { attemptId: 'a' } as SendResult;

/** Fails as often as it is told, then keeps. */
class FlakyRecord {
  kept: SendResult[] = [];
  tries = 0;

  constructor(
    private readonly failures: number,
    private readonly error: Error,
  ) {}

  async run(_: unknown, results: readonly SendResult[]): Promise<void> {
    if (this.tries++ < this.failures) throw this.error;
    this.kept.push(...results);
  }
}

/** Keeps any group but one with this result in it. */
class RefusingRecord extends FlakyRecord {
  constructor(private readonly bad: SendResult) {
    super(0, new TypeError('a mistake of ours'));
  }

  override async run(ctx: unknown, results: readonly SendResult[]): Promise<void> {
    if (results.includes(this.bad)) throw new TypeError('a mistake of ours');
    await super.run(ctx, results);
  }
}

const resultsOn = (record: FlakyRecord) => new Results(record as unknown as RecordSends, new Log('silent'));

describe('what calls brought', () => {
  it('is kept once the database is back', async () => {
    const record = new FlakyRecord(2, new DatabaseFault({ code: '57P01' }));
    await resultsOn(record).keep(ctx, result);
    expect([record.kept, record.tries]).toEqual([[result], 3]);
  });

  it('is not tried again when trying cannot help', async () => {
    const record = new FlakyRecord(2, new TypeError('a mistake of ours'));
    await expect(resultsOn(record).keep(ctx, result)).rejects.toThrow(TypeError);
    expect(record.tries).toBe(1);
  });

  it('is kept although one of its group cannot be', async () => {
    const group = ['a', 'b', 'c', 'd', 'e'].map((attemptId) => ({ attemptId }) as SendResult);
    const record = new RefusingRecord(group[3]!);
    const results = resultsOn(record);
    await Promise.allSettled(group.map((one) => results.keep(ctx, one)));
    expect(new Set(record.kept)).toEqual(new Set(group.filter((one) => one !== group[3])));
  });
});
