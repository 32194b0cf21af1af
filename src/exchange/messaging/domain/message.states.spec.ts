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
    fc.assert(fc.property(shuffled, ([facts, again]) => expect(told(again)).toEqual(told(facts))));
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
