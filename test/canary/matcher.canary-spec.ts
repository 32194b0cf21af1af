import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { needlesOf } from './support/encodings.js';
import { Matcher } from './support/matcher.js';

const CANARIES = [
  'വേദന കുറവുണ്ട്',
  'Zoë Müller-Groß',
  '🙂🙏 ശരി',
  '447946000123',
  "D'Arcy O'Brien",
  '1984-05-06',
];
const NEEDLES = CANARIES.flatMap(needlesOf);
const matcher = new Matcher(NEEDLES);

const MIB = 1024 * 1024;

describe('the matcher', () => {
  it('finds every form of every canary at any place of any bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NEEDLES),
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 40 }),
        (needle, before, after) => {
          const matches = matcher.find(Buffer.concat([before, needle.bytes, after]));
          expect(matches.map(({ needle: { canary } }) => canary)).toContain(needle.canary);
          expect(matches.map(({ at }) => at)).toContain(before.length);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each(CANARIES)('finds what Node encodes of a sentence with it (%#)', (canary) => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (before, after) => {
        const sentence = `${before}${canary}${after}`.toWellFormed();
        const bytes = Buffer.from(sentence);
        const forms = [
          sentence,
          bytes.toString('hex'),
          bytes.toString('hex').toUpperCase(),
          bytes.toString('base64'),
          bytes.toString('base64url'),
          Buffer.from(sentence, 'utf16le'),
          JSON.stringify({ sentence }),
          encodeURIComponent(sentence),
          new URLSearchParams({ sentence }).toString().replaceAll('+', '%20').replaceAll('%27', "'"),
          sentence.toLowerCase(),
        ];
        for (const form of forms) {
          expect(matcher.find(Buffer.from(form as string)).map(({ needle }) => needle.canary)).toContain(
            canary,
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('finds nothing in noise, and does a hundred megabytes in seconds', () => {
    const noise = randomBytes(16 * MIB);
    const began = performance.now();
    for (let round = 0; round < 6; round++) expect(matcher.find(noise)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
