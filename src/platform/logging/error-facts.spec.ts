import fc from 'fast-check';
import { factsOf } from './error-facts.js';

const MARK = 'Ξ';
const FAKE_FRAME = `\n    at ${MARK} (file:///srv/src/anita-nair-${MARK}.ts:1:1)`;

/** Free text with the mark in it, some of it shaped like a stack, a path or JSON. */
const canary = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => `${MARK}${text}${MARK}`),
  fc.constantFrom(FAKE_FRAME, `${MARK}${FAKE_FRAME}${FAKE_FRAME}`, `{"a":"${MARK}"}`, `at ${MARK}:1:2`),
);

const { error } = fc.letrec<{ error: unknown }>((tie) => ({
  error: fc.oneof(
    { depthSize: 'small' },
    canary,
    fc
      .record({
        message: canary,
        kind: fc.constantFrom(Error, TypeError, RangeError),
        more: canary,
        cause: tie('error'),
      })
      .map(({ message, kind, more, cause }) =>
        Object.assign(new kind(message, { cause }), {
          code: more,
          constraint: more,
          detail: more,
          parameters: [more],
          query: more,
          driverError: { detail: more },
          name: more,
        }),
      ),
    fc
      .record({ message: canary, errors: fc.array(tie('error'), { maxLength: 3 }) })
      .map(({ message, errors }) => new AggregateError(errors, message)),
  ),
}));

describe('what a log says of an error', () => {
  it('is never a word of its messages, fields, causes or members', () => {
    fc.assert(
      fc.property(error, (thrown) => {
        const text = JSON.stringify(factsOf(thrown));
        expect(text).not.toContain(MARK);
        expect(text).not.toContain('anita');
      }),
      { numRuns: 2_000 },
    );
  });

  it('is class, code, constraint and the places of the stack', () => {
    class Refused extends Error {
      readonly code = '23505';
      readonly constraint = 'consent_pkey';
    }
    expect(factsOf(new Refused('Anita Nair'))).toEqual({
      class: 'Refused',
      code: '23505',
      constraint: 'consent_pkey',
      frames: expect.arrayContaining([
        expect.stringMatching(/^src\/platform\/logging\/error-facts\.spec\.ts:\d+:\d+$/),
      ]),
    });
  });

  it('goes along the causes, and ends where they form a ring', () => {
    const [inner, outer]: Error[] = [new TypeError('x'), new Error('y')];
    outer!.cause = inner;
    inner!.cause = outer;
    const text = JSON.stringify(factsOf(outer));
    expect(text.match(/"TypeError"/g)).toHaveLength(6);
    expect(factsOf(outer).cause?.class).toBe('TypeError');
  });

  it('has the members of an AggregateError, of a thousand the first five', () => {
    const members = Array.from({ length: 1_000 }, () =>
      Object.assign(new Error('Anita'), { code: 'ECONNREFUSED' }),
    );
    const facts = factsOf(new AggregateError(members));
    expect(facts.errors).toHaveLength(5);
    expect(facts.errors?.[0]).toMatchObject({ class: 'Error', code: 'ECONNREFUSED' });
  });

  it('stays small when a tree of errors is wide and deep', () => {
    let tree = new AggregateError([]);
    for (let level = 0; level < 30; level++) tree = new AggregateError(Array<Error>(30).fill(tree));
    expect(JSON.stringify(factsOf(tree)).length).toBeLessThan(10_000);
  });

  it('outlives an error whose fields cannot be read', () => {
    const hostile = Object.defineProperties(new Error('Anita'), {
      code: {
        get: () => {
          throw new Error('no');
        },
      },
      stack: {
        get: () => {
          throw new Error('no');
        },
      },
    });
    expect(factsOf(hostile)).toEqual({ class: 'Error', frames: [] });
  });
});
