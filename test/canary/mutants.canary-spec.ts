import { mutantDist } from './support/mutants.js';
import { mishapsOfOthers } from './support/mishaps-of-others.js';
import { begin, rest, stored, sweepOf, told } from './support/run.js';
import type { Finding } from './support/sweep.js';

const LIMIT_MS = 300_000;

/** `npm test` has the planted leaks of the two sweeps; a whole run with mistakes is for the full size. */
const inFull = process.env['CHECK_SIZE'] === 'reduced' ? describe.skip : describe;

inFull('a product with mistakes in it', () => {
  let findings: Finding[];

  beforeAll(async () => {
    const mutant = mutantDist();
    try {
      const run = await begin({ whole: false, dist: mutant.dist });
      try {
        for (const { name, run: happen } of mishapsOfOthers(run))
          if (name.includes('account')) await happen();
        const remains = await rest(run);
        const sweep = sweepOf(run);
        findings = [...sweep.through(stored(run, remains)), ...sweep.through(told(run, remains, []))];
      } finally {
        await run.installation.close();
      }
    } finally {
      mutant.remove();
    }
  }, LIMIT_MS);

  it.each([
    ['stderr', 'words of a patient'],
    ['table scheduling.place, inside bytea', 'place'],
    ['answer 502', 'phone'],
  ])('turns the sweep red: %s', (place, kind) => {
    expect(findings).toContainEqual(expect.objectContaining({ place, kind }));
  });
});
