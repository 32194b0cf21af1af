import { setTimeout as sleep } from 'node:timers/promises';
import { Metrics } from '../../../platform/health/metrics.js';
import { Log } from '../../../platform/logging/log.js';
import type { SendOutcome } from '../infrastructure/graph-client.js';
import { Breakers } from './breakers.js';
import { MessagingMetrics } from './metrics.js';

const PROBE_AFTER_MS = 200;

class QuickBreakers extends Breakers {
  protected override readonly probeAfterMs = PROBE_AFTER_MS;
}

const accepted: SendOutcome = { kind: 'accepted', wamid: 'wamid.1' };
const silent: SendOutcome = { kind: 'unknown', httpStatus: null };
const refusedWith = (code: number | null, httpStatus: number | null): SendOutcome => ({
  kind: 'refused',
  error: { code, subcode: null, httpStatus, details: null, retryAfterMs: null },
});

describe('the circuit of a number', () => {
  let breakers: Breakers;
  const ONE = 'one';

  beforeEach(() => {
    breakers = new QuickBreakers(new Log('silent'), new MessagingMetrics(new Metrics()));
  });

  const call = (outcome: SendOutcome, id = ONE) => breakers.call(id, async () => outcome);
  const calls = async (outcomes: SendOutcome[]): Promise<void> => {
    for (const outcome of outcomes) await call(outcome);
  };

  it('opens at the fifth call in a row without an answer, and then makes none', async () => {
    await calls([silent, silent, silent, silent]);
    expect(breakers.allowance(ONE)).toBe('all');
    await call(silent);
    expect(breakers.allowance(ONE)).toBe('none');
    let made = false;
    const outcome = await breakers.call(ONE, async () => ((made = true), accepted));
    expect([outcome, made]).toEqual([{ kind: 'not-begun' }, false]);
  });

  it('opens when half of twenty calls were not answered, none of them five in a row', async () => {
    for (let n = 0; n < 12; n++) await calls([accepted, silent]);
    expect(breakers.allowance(ONE)).toBe('none');
  });

  it('opens as well when no connection can be made', async () => {
    await calls(Array.from({ length: 5 }, () => refusedWith(null, null)));
    expect(breakers.allowance(ONE)).toBe('none');
  });

  it('takes a refusal for an answer, whatever it says', async () => {
    await calls(Array.from({ length: 40 }, () => refusedWith(131000, 500)));
    expect(breakers.allowance(ONE)).toBe('all');
  });

  it('is not closed to other numbers', async () => {
    await calls(Array.from({ length: 5 }, () => silent));
    expect(breakers.allowance('other')).toBe('all');
    expect(await call(accepted, 'other')).toEqual(accepted);
  });

  it('lets one probe through after a while: an answer closes it', async () => {
    await calls(Array.from({ length: 5 }, () => silent));
    await sleep(PROBE_AFTER_MS + 10);
    expect(breakers.allowance(ONE)).toBe('probe');
    expect(await call(accepted)).toEqual(accepted);
    expect(breakers.allowance(ONE)).toBe('all');
  });

  it('stays open for as long again when the probe is not answered', async () => {
    await calls(Array.from({ length: 5 }, () => silent));
    await sleep(PROBE_AFTER_MS + 10);
    await call(silent);
    expect(breakers.allowance(ONE)).toBe('none');
    await sleep(PROBE_AFTER_MS + 10);
    expect(breakers.allowance(ONE)).toBe('probe');
  });

  it('grants no second probe while one is out', async () => {
    await calls(Array.from({ length: 5 }, () => silent));
    await sleep(PROBE_AFTER_MS + 10);
    let answer: (outcome: SendOutcome) => void = () => undefined;
    const probe = breakers.call(ONE, () => new Promise<SendOutcome>((resolve) => (answer = resolve)));
    expect(breakers.allowance(ONE)).toBe('none');
    answer(accepted);
    await probe;
    expect(breakers.allowance(ONE)).toBe('all');
  });
});
