import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { CompactRange, leafHash } from './merkle.js';

/** The tree hash as RFC 6962 section 2.1 defines it: slow, and plainly right. */
function definition(leaves: Buffer[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest();
  if (leaves.length === 1) return leaves[0]!;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  const sides = [definition(leaves.slice(0, half)), definition(leaves.slice(half))];
  return createHash('sha256')
    .update(Buffer.from([1]))
    .update(Buffer.concat(sides))
    .digest();
}

const grow = (leaves: readonly Buffer[], range = CompactRange.empty()): CompactRange => {
  for (const leaf of leaves) range.add(leaf);
  return range;
};

describe('the Merkle tree', () => {
  // The test data of the Certificate Transparency project.
  const data = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const leaves = data.map((hex) => leafHash(Buffer.from(hex, 'hex')));

  it.each([
    [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
    [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
    [6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
    [7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('of %i leaves has its known root', (size, root) => {
    expect(grow(leaves.slice(0, size)).root().toString('hex')).toBe(root);
  });

  it('has the root of the definition, also when it is put away and taken up again', () => {
    const many = Array.from({ length: 200 }, (_, n) => leafHash(Buffer.from(String(n))));
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (size, pause) => {
        const at = Math.min(size, pause);
        const before = grow(many.slice(0, at));
        const after = grow(many.slice(at, size), CompactRange.from(before.size, before.frontier)!);
        expect(after.size).toBe(size);
        expect(after.root()).toEqual(definition(many.slice(0, size)));
      }),
    );
  });

  it('is not taken up from a frontier that does not fit the size', () => {
    const { frontier } = grow(leaves.slice(0, 5));
    expect(CompactRange.from(7, frontier)).toBeNull();
    expect(CompactRange.from(5, frontier.subarray(1))).toBeNull();
  });

  it('grows past 2^32 leaves', () => {
    const size = 2 ** 33 - 1;
    const range = CompactRange.from(size, Buffer.alloc(33 * 32, 7))!;
    range.add(leaves[0]!);
    expect(range.size).toBe(size + 1);
    expect(range.frontier.length).toBe(32);
  });
});
