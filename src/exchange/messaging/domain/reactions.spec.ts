import fc from 'fast-check';
import { holdFor, nextStep, reactionTo, type Reaction } from './reactions.js';

const refusal = (code: number | null, httpStatus: number | null = 400, subcode: number | null = null) => ({
  code,
  httpStatus,
  subcode,
});
const tried = (code: number | null, tries: number, more: object = {}) => ({
  ...refusal(code),
  tries,
  retryAfterMs: null,
  chance: 0.5,
  ...more,
});

describe('the reaction to a refusal by Meta', () => {
  it.each<[number, Reaction]>([
    [0, 'hold'],
    [1, 'retry'],
    [4, 'slow-number'],
    [10, 'hold'],
    [100, 'drop'],
    [190, 'hold'],
    [200, 'hold'],
    [299, 'hold'],
    [368, 'hold'],
    [80007, 'slow-number'],
    [130403, 'contact'],
    [130429, 'slow-number'],
    [131000, 'retry'],
    [131009, 'drop'],
    [131026, 'contact'],
    [131042, 'hold'],
    [131047, 'window'],
    [131048, 'hold-templates'],
    [131049, 'defer'],
    [131050, 'consent'],
    [131056, 'slow-pair'],
    [131064, 'hold-templates'],
    [132000, 'template'],
    [132001, 'template'],
    [132015, 'template'],
    [133010, 'hold'],
  ])('to %i is %s', (code, reaction) => {
    // The code decides, whatever the HTTP status.
    for (const status of [200, 400, 403, 429, 500]) expect(reactionTo(refusal(code, status))).toBe(reaction);
  });

  it('to our own number missing is to hold', () => {
    expect(reactionTo(refusal(100, 400, 33))).toBe('hold');
  });

  it.each<[number | null, Reaction]>([
    [null, 'retry'],
    [429, 'slow-number'],
    [500, 'retry'],
    [503, 'retry'],
    [401, 'hold'],
    [403, 'hold'],
    [404, 'drop'],
    [422, 'drop'],
  ])('to an unknown code with status %s is %s', (status, reaction) => {
    expect(reactionTo(refusal(987654, status))).toBe(reaction);
    // Without a code what is not there was not Meta's to say.
    expect(reactionTo(refusal(null, status))).toBe(status === 404 ? 'retry' : reaction);
  });
});

describe('when a refused message goes again', () => {
  it('after a pair limit: 1, 4, 16, 64 seconds, and up to half as long again', () => {
    const delays = (chance: number) =>
      [0, 1, 2, 3].map((tries) => nextStep(tried(131056, tries, { chance })));
    const ready = (seconds: number[]) => seconds.map((each) => ({ state: 'ready', delayMs: each * 1000 }));
    expect(delays(0)).toEqual(ready([1, 4, 16, 64]));
    expect(delays(0.5)).toEqual(ready([1.25, 5, 20, 80]));
    // Those that have come to the longest wait come apart, too.
    expect(nextStep(tried(131056, 8, { chance: 0 }))).toEqual({ state: 'ready', delayMs: 900_000 });
    expect(nextStep(tried(131056, 8, { chance: 0.5 }))).toEqual({ state: 'ready', delayMs: 1_125_000 });
  });

  it('after the upgrade of a number: a minute, and up to half as long again', () => {
    expect(nextStep(tried(131057, 0, { chance: 0 }))).toEqual({ state: 'ready', delayMs: 60_000 });
    expect(nextStep(tried(131057, 0, { chance: 0.5 }))).toEqual({ state: 'ready', delayMs: 75_000 });
  });

  it('not before Retry-After', () => {
    expect(nextStep(tried(130429, 0, { retryAfterMs: 7_000 }))).toEqual({ state: 'ready', delayMs: 7_000 });
  });

  it('at most five times after a passing failure, twice after code 1', () => {
    expect(nextStep(tried(131000, 4)).state).toBe('ready');
    expect(nextStep(tried(131000, 5)).state).toBe('failed');
    expect(nextStep(tried(1, 1)).state).toBe('ready');
    expect(nextStep(tried(1, 2)).state).toBe('failed');
  });

  it('after a day where Meta has its cap, and never when it is final', () => {
    expect(nextStep(tried(131049, 0))).toEqual({ state: 'ready', delayMs: 86_400_000 });
    expect(nextStep(tried(131026, 0))).toEqual({ state: 'failed' });
    expect(nextStep(tried(131047, 0))).toEqual({ state: 'refused', reason: 'window-closed' });
  });

  it('until the message is of no use while Meta is away for everybody, and five times else', () => {
    for (const code of [null, 2, 131016, 131057]) {
      expect(nextStep(tried(code, 500, { httpStatus: null })).state).toBe('ready');
    }
    expect(nextStep(tried(131000, 4)).state).toBe('ready');
    expect(nextStep(tried(131000, 5)).state).toBe('failed');
  });

  it('within the cap, whatever the code', () => {
    const cases = fc.record({
      code: fc.oneof(fc.constantFrom(130429, 131056, 131000, 131057, 190), fc.integer()),
      tries: fc.nat(1000),
      chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ code, tries, chance }) => {
        const step = nextStep(tried(code, tries, { chance }));
        if (step.state === 'ready') expect(step.delayMs).toBeLessThanOrEqual(86_400_000);
        if (step.state === 'ready') expect(step.delayMs).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('a hold of the channel', () => {
  it('lasts until somebody acts when the token is bad, else until one more try', () => {
    expect(holdFor(refusal(190))).toEqual({ scope: 'all', forMs: null });
    expect(holdFor(refusal(131031))).toEqual({ scope: 'all', forMs: 900_000 });
    expect(holdFor(refusal(131048))).toEqual({ scope: 'templates', forMs: 900_000 });
    expect(holdFor(refusal(131026))).toBeNull();
  });
});
