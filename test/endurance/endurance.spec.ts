import { crashPoints } from './checks/crash-points.js';
import { optOutRace } from './checks/optout-race.js';
import { restarts } from './checks/restarts.js';
import { shutdown } from './checks/shutdown.js';
import { patched, patchNames } from './support/mutants.js';

/** The checks at a size that everybody can wait for. In full, each is `npm run check:<name>`. */
const SEED = 1;

describe('the main job', () => {
  it('doubles and loses nothing when its process dies at a point of no return', async () => {
    const points = ['send.request-written', 'inbox.stored', 'communication.sent'] as const;
    expect(await crashPoints({ seed: SEED, points, waits: false })).toEqual([]);
  }, 120_000);

  it('begins no send after an opt-out or a cancel has committed', async () => {
    expect(await optOutRace({ seed: SEED, sends: 40 })).toEqual([]);
  }, 120_000);

  it('ends in order when it is asked to, in the middle of everything', async () => {
    expect(await shutdown({ seed: SEED, stops: 2 })).toEqual([]);
  }, 120_000);

  it('lives through a database that goes away', async () => {
    const faults = { restarts: 1, terminateForMs: 3_000, standstillMs: 2_000 };
    expect(await restarts({ seed: SEED, ...faults })).toEqual([]);
  }, 120_000);
});

describe('the patches that turn a check red', () => {
  it.each(patchNames())('%s still fits the sources', (name) => {
    expect(patched(name).code).toContain('export');
  });
});
