import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What an EHR may do, and what is then expected: the acceptance cases of the connector. */
const CASES = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
  30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
];
/** The name of a test, or of a group of tests, that begins with its case; one that is skipped proves nothing. */
const NAMED = /(?:\bit|\bdescribe|\))\(\s*['"`]case (\d+):/g;

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('spec.ts'))
    .map((path) => readFileSync(join(ROOT, folder, path), 'utf8'));
}

function casesIn(source: string): number[] {
  return [...source.matchAll(NAMED)].map(([, number]) => Number(number));
}

describe('the acceptance cases', () => {
  it('have a test each that bears the case’s name', () => {
    const named = new Set([...sourcesBelow('src'), ...sourcesBelow('test')].flatMap(casesIn));
    expect(CASES.filter((number) => !named.has(number))).toEqual([]);
  });

  // Numbers of no case: this file is among the sources too.
  it.each([
    ['it', `it('case 107: is waited for', async () => {`, [107]],
    ['a group', `describe('case 140: an error', () => {`, [140]],
    ['it.each', `it.each([\n  ['a', () => f(1)],\n])('case 109: a link %s', async (_, link) => {`, [109]],
    ['a name on a line of its own', `it.each([409])(\n    'case 121: at level L1 (%d)',`, [121]],
    ['a skipped test', `it.skip('case 107: is waited for', async () => {`, []],
    ['a comment', `// case 107: is waited for`, []],
  ])('are found in %s', (_, source, expected) => {
    expect(casesIn(source)).toEqual(expected);
  });
});
