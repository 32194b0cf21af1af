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

  it('says malformed without the text', () => {
    expect(() => parse('{"name": Asha')).toThrow('json.malformed');
  });
});
