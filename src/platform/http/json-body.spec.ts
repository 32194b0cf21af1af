import fc from 'fast-check';
import { MAX_DEPTH, parseJson } from './json-body.js';

const parse = (text: string): unknown => parseJson(Buffer.from(text));

describe('JSON from outside', () => {
  it('reads whatever JSON can say', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 20 }), (text) => {
        fc.pre(!text.includes('__proto__'));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it(`takes ${MAX_DEPTH} levels and refuses one more, before parsing`, () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(() => parse(nested(MAX_DEPTH))).not.toThrow();
    expect(() => parse(nested(MAX_DEPTH + 1))).toThrow('json.too-deep');
    expect(() => parse('['.repeat(3_000_000))).toThrow('json.too-deep');
  });

  it('does not count brackets inside strings', () => {
    expect(parse(JSON.stringify({ text: '['.repeat(100) + '"\\' }))).toEqual({
      text: '['.repeat(100) + '"\\',
    });
  });

  it('refuses keys that would change a prototype', () => {
    expect(() => parse('{"a":{"__proto__":{"admin":true}}}')).toThrow('json.forbidden-key');
    expect(() => parse('{"constructor":{"prototype":{"admin":true}}}')).toThrow('json.forbidden-key');
  });

  describe('looks at every key only when one may be forbidden', () => {
    /** A key as it may stand in a body: any of its characters as an escape, in either case. */
    const spelt = (key: string): fc.Arbitrary<string> =>
      fc
        .tuple(...[...key].map((character) => fc.tuple(fc.constant(character), fc.constantFrom(0, 0, 1, 2))))
        .map((characters) =>
          characters
            .map(([character, how]) => {
              const hex = character.charCodeAt(0).toString(16).padStart(4, '0');
              return how === 0 ? character : `\\u${how === 1 ? hex : hex.toUpperCase()}`;
            })
            .join(''),
        );
    const key = fc.oneof(
      ...['__proto__', 'constructor', 'prototype', 'proto', 'name', '_'].map(spelt),
      fc.string({ maxLength: 4 }).map((text) => JSON.stringify(text).slice(1, -1)),
    );
    const { body } = fc.letrec<{ body: string }>((tie) => ({
      body: fc.oneof(
        { maxDepth: 4 },
        fc.json({ maxDepth: 1 }),
        key.map((text) => `"${text}"`),
        fc.array(tie('body'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
        fc
          .array(fc.tuple(key, tie('body')), { maxLength: 3 })
          .map((fields) => `{${fields.map(([name, value]) => `"${name}" : ${value}`).join(',')}}`),
      ),
    }));
    const outcome = (read: () => unknown): unknown => {
      try {
        return { read: read() };
      } catch (error) {
        return (error as Error).message;
      }
    };

    it('and tells the same as the slow way that asks every key', () => {
      fc.assert(
        fc.property(body, (text) => {
          expect(outcome(() => parse(text))).toEqual(outcome(() => slowly(text)));
        }),
        { numRuns: 5_000 },
      );
    });

    it.each([
      String.raw`{"\u005f_proto__":{}}`,
      String.raw`{"__\u0070roto__":{}}`,
      String.raw`{"\u005F\u005f\u0070\u0072\u006F\u0074\u006f\u005f_":1}`,
      String.raw`{"construct\u006fr":{"prototype":1}}`,
      String.raw`[{"constructor" : {"\u0070rototype":1}}]`,
    ])('and finds what is spelt with escapes: %#', (text) => {
      expect(() => parse(text)).toThrow('json.forbidden-key');
    });
  });

  it('says malformed without the text', () => {
    expect(() => parse('{"name": Asha')).toThrow('json.malformed');
  });
});

/** Asks every key of the finished value. */
function slowly(text: string): unknown {
  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      const pollutes =
        name === '__proto__' ||
        (name === 'constructor' &&
          typeof inner === 'object' &&
          inner !== null &&
          Object.hasOwn(inner, 'prototype'));
      if (pollutes) throw new Error('json.forbidden-key');
      check(inner);
    }
  };
  const value: unknown = JSON.parse(text);
  check(value);
  return value;
}
