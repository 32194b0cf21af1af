import fc from 'fast-check';
import { note, stateOf, STATUSES, type Progress, type StatusFact } from './message.states.js';

const NOTHING: Progress = {
  acceptedAt: null,
  sentAt: null,
  deliveredAt: null,
  readAt: null,
  failedAt: null,
  failureCode: null,
};

const fact: fc.Arbitrary<StatusFact> = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    second: fc.nat(20),
    code: fc.constantFrom(131026, 131049, 131047),
  })
  .map(({ status, second, code }) => ({
    status,
    at: new Date(1_790_000_000_000 + second * 1000),
    code: status === 'failed' ? code : null,
  }));

const told = (facts: StatusFact[]): Progress => facts.reduce(note, NOTHING);
const at = (second: number): Date => new Date(1_790_000_000_000 + second * 1000);
const status = (name: StatusFact['status'], second: number, code: number | null = null): StatusFact => ({
  status: name,
  at: at(second),
  code,
});

describe('the statuses of a message', () => {
  it('end the same in every order and however often they are told', () => {
    const shuffled = fc.array(fact, { maxLength: 8 }).chain((facts) =>
      fc.tuple(
        fc.constant(facts),
        fc.shuffledSubarray([...facts, ...facts], {
          minLength: facts.length * 2,
          maxLength: facts.length * 2,
        }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([facts, again]) => expect(told(again)).toEqual(told(facts))),
      {
        numRuns: 2_000,
      },
    );
  });

  it('end in the same state wherever among them our own answer comes', () => {
    const accepted = at(5);
    // What a refusal surely did not send, Meta tells of as failed at most.
    const failure = fact.filter(({ status: name }) => name === 'failed');
    const case_ = fc.oneof(
      fc.tuple(fc.constant('accepted' as const), fc.array(fact, { minLength: 1, maxLength: 6 })),
      fc.tuple(fc.constant('unknown' as const), fc.array(fact, { minLength: 1, maxLength: 6 })),
      fc.tuple(fc.constant('refused' as const), fc.array(failure, { minLength: 1, maxLength: 3 })),
    );
    const run = (answer: 'accepted' | 'unknown' | 'refused', facts: StatusFact[], place: number): unknown => {
      let progress = NOTHING;
      const answered = (): void => {
        if (answer === 'accepted') progress = { ...progress, acceptedAt: progress.acceptedAt ?? accepted };
        // A refusal decides only while no status has come.
        if (answer === 'refused' && place === 0) progress = note(progress, status('failed', 5, 131026));
      };
      facts.forEach((one, index) => {
        if (index === place) answered();
        progress = note(progress, one);
      });
      if (place >= facts.length) answered();
      const { failedAt, failureCode, ...times } = progress;
      return { state: stateOf(progress), ...times, ...(answer !== 'refused' && { failedAt, failureCode }) };
    };
    const told = case_.chain(([answer, facts]) =>
      fc.record({
        answer: fc.constant(answer),
        facts: fc.constant(facts),
        again: fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length * 2 }),
        place: fc.nat(facts.length * 2),
      }),
    );
    fc.assert(
      fc.property(told, ({ answer, facts, again, place }) => {
        expect(run(answer, again, place)).toEqual(run(answer, facts, facts.length));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never take a state down', () => {
    const rank = ['accepted', 'sent', 'failed', 'delivered', 'read'];
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 8 }), fact, (facts, next) => {
        const before = rank.indexOf(stateOf(told(facts)));
        expect(rank.indexOf(stateOf(told([...facts, next])))).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it('keep all three times when they come backwards', () => {
    const progress = told([status('read', 30), status('sent', 10), status('delivered', 20)]);
    expect(progress).toMatchObject({ sentAt: at(10), deliveredAt: at(20), readAt: at(30) });
    expect(stateOf(progress)).toBe('read');
  });

  it('stay delivered when a failure is told too, and keep the failure', () => {
    const progress = told([status('delivered', 10), status('failed', 20, 131026)]);
    expect(stateOf(progress)).toBe('delivered');
    expect(progress).toMatchObject({ failedAt: at(20), failureCode: 131026 });
  });

  it('become failed when nothing above sent is known', () => {
    expect(stateOf(told([status('failed', 20, 131049), status('sent', 10)]))).toBe('failed');
  });
});
