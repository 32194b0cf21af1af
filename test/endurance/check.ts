// node --import ./config/tooling/run-typescript.mjs test/endurance/check.ts <name> [--seed N]: one check at its full size.
import { parseArgs } from 'node:util';
import { crashPoints } from './checks/crash-points.js';
import { lateWords, optOutRace } from './checks/optout-race.js';
import { restarts } from './checks/restarts.js';
import { shutdown } from './checks/shutdown.js';
import { buildMutant } from './support/mutants.js';

/** Each returns what it has seen go wrong, in words; nothing means that it holds. */
const CHECKS: Record<string, (seed: number) => Promise<string[]>> = {
  'crash-points': async (seed) => [
    ...(await crashPoints({ seed, waits: true })),
    ...(await crashPoints({ seed: seed + 1, waits: false })),
    ...(await turnsRed('attempt-after-call', ['reached the patient twice'], (script) =>
      crashPoints({ seed, points: ['send.request-written'], waits: false, script }),
    )),
    ...(await turnsRed('blind-create', ['2 Communications'], (script) =>
      crashPoints({ seed, points: ['communication.sent'], waits: false, script }),
    )),
  ],
  'optout-race': async (seed) => [
    ...(await optOutRace({ seed, sends: 1_000 })),
    ...(await turnsRed('no-fence', [lateWords('an opt-out'), lateWords('a cancel')], (script) =>
      optOutRace({ seed, sends: 300, script }),
    )),
  ],
  shutdown: (seed) => shutdown({ seed, stops: 100 }),
  restarts: async (seed) => [
    ...(await restarts({ seed, terminateForMs: 60_000, restarts: 3, standstillMs: 12_000 })),
    ...(await turnsRed('answer-before-commit', ['patients said'], (script) =>
      restarts({ seed, terminateForMs: 1_000, restarts: 3, standstillMs: 0, script }),
    )),
  ],
};

/** A check that a wrong product passes, or fails for another reason, proves nothing: that is a failure of its own. */
async function turnsRed(
  patch: string,
  words: readonly string[],
  check: (script: string) => Promise<string[]>,
): Promise<string[]> {
  const broken = await check(buildMutant(patch));
  process.stderr.write(`with the patch ${patch}:\n${broken.map((line) => `  ${line}\n`).join('')}`);
  return words
    .filter((wanted) => !broken.some((line) => line.includes(wanted)))
    .map((wanted) => `the patch ${patch} did not show "${wanted}"`);
}

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const [name = ''] = positionals;
const check = CHECKS[name];
const seed = Number(values.seed);
if (!check || !Number.isSafeInteger(seed)) {
  process.stderr.write(`check.ts ${Object.keys(CHECKS).join('|')} [--seed N]\n`);
  process.exit(2);
}
const began = performance.now();
const broken = await check(seed);
const took = ((performance.now() - began) / 1_000).toFixed(0);
for (const words of broken) process.stdout.write(`- ${words}\n`);
process.stdout.write(`${name}, seed ${seed}: ${broken.length === 0 ? 'holds' : 'BROKEN'} after ${took} s\n`);
process.exit(broken.length === 0 ? 0 : 1);
