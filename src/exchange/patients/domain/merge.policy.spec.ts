import fc from 'fast-check';
import { MOST_JOINS, type Replacement, standingsOf } from './merge.policy.js';

const everybody = () => true;
const pairs = (...chain: string[]): Replacement[] =>
  chain.slice(1).map((survivor, index) => ({ merged: chain[index]!, survivor }));

/** At most one replacement per record, as the table allows. */
const anyReplacements = fc.uniqueArray(
  fc
    .record({ merged: fc.constantFrom(...'abcdefgh'), survivor: fc.constantFrom(...'abcdefgh') })
    .filter(({ merged, survivor }) => merged !== survivor),
  { selector: ({ merged }) => merged, maxLength: 8 },
);

describe('who stands for a merged record', () => {
  it('is the end of its chain', () => {
    expect(standingsOf(pairs('a', 'b', 'c'), everybody)).toEqual(
      new Map([
        ['a', { state: 'active', survivor: 'c' }],
        ['b', { state: 'active', survivor: 'c' }],
      ]),
    );
  });

  it('is nobody yet while the end has not been read, however well its middle is known', () => {
    expect(standingsOf(pairs('a', 'b', 'c'), (id) => id !== 'c').get('a')).toEqual({
      state: 'waiting',
      survivor: 'c',
    });
  });

  it('is itself in a loop, and where a chain leads into one', () => {
    const standings = standingsOf([...pairs('x', 'a', 'b'), ...pairs('b', 'a')], everybody);
    expect([...standings.values()]).toEqual(Array(3).fill({ state: 'loop', survivor: null }));
  });

  it('is itself in a chain without sensible end', () => {
    const chain = Array.from({ length: MOST_JOINS + 2 }, (_, index) => `p${index}`);
    const standings = standingsOf(pairs(...chain), everybody);
    expect(standings.get('p0')).toEqual({ state: 'too-long', survivor: null });
    expect(standings.get('p1')).toEqual({ state: 'active', survivor: chain.at(-1) });
  });

  it('never depends on the order in which the EHR said so, and is never replaced itself', () => {
    fc.assert(
      fc.property(anyReplacements, fc.nat(), (replacements, turn) => {
        const standings = standingsOf(replacements, everybody);
        const by = replacements.length === 0 ? 0 : turn % replacements.length;
        const turned = [...replacements.slice(by), ...replacements.slice(0, by)].reverse();
        expect(new Map([...standingsOf(turned, everybody)].sort())).toEqual(new Map([...standings].sort()));
        const merged = new Set(replacements.map((one) => one.merged));
        for (const { survivor } of standings.values()) expect(merged.has(survivor ?? '')).toBe(false);
      }),
    );
  });
});
