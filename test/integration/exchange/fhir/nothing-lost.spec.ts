import type { Appointment } from 'fhir/r4.js';
import { contentHash } from '../../../../src/exchange/fhir/domain/canonical.js';
import { checkRow } from '../../../../src/exchange/fhir/domain/row-checks.js';
import type { FhirPage } from '../../../../src/exchange/fhir/index.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';
import { type MovingEhr, startMovingEhr } from './moving-ehr.js';

const SLUG = 'st-marys';
const DAY_MS = 86_400_000;
const SEEDS = [1, 2, 3, 4];

/** The same numbers for the same seed (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed * 0x9e3779b9;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function shuffled<T>(items: readonly T[], next: (below: number) => number): T[] {
  const left = [...items];
  return items.map(() => left.splice(next(left.length), 1)[0]!);
}

/** Sound visits well inside of the horizon. */
async function visitsOf({ ehr }: Hospital): Promise<Appointment[]> {
  const all = await ehr.all<Appointment>(SLUG, 'Appointment');
  return all.filter((visit) => {
    const ahead = Date.parse(visit.start ?? '') - BEGIN.getTime();
    const sound = checkRow('Appointment', visit, 'http://unused').state === 'valid';
    return sound && ahead > 0 && ahead < 40 * DAY_MS;
  });
}

describe.each(['last-updated', 'window-scan'] as const)(
  'a crawl by %s of an EHR that changes meanwhile',
  (strategy) => {
    let hospital: Hospital;
    let moving: MovingEhr;
    /** What came last of each visit to those who plan by it. */
    const handed = new Map<string, string>();
    const doubled: string[] = [];

    beforeAll(async () => {
      hospital = await openHospital(SLUG);
      moving = await startMovingEhr(hospital.ehr.url);
      hospital.fhir.onPage('Appointment', async (_ctx, { changed }: FhirPage<Appointment>) => {
        for (const { fhirId, resource } of changed) {
          const hash = contentHash(resource);
          if (handed.get(fhirId) === hash) doubled.push(fhirId);
          handed.set(fhirId, hash);
        }
      });
      await hospital.rows(
        `update fhir.connection set base_url = '${moving.url}/${SLUG}/fhir', sync_strategy = '${strategy}', version = version + 1`,
      );
    });
    afterAll(async () => {
      await hospital.close();
      await moving.close();
    });

    const known = async (): Promise<Map<string, string>> => {
      const rows = await hospital.rows<{ id: string; hash: string }>(
        `select fhir_id as id, encode(hash, 'hex') as hash from fhir.resource
        where type = 'Appointment' and gone_at is null`,
      );
      return new Map(rows.map(({ id, hash }) => [id, hash]));
    };
    /** Either way: what we lack or have otherwise, and what the EHR does not have. */
    const differing = async (): Promise<string[]> => {
      const ours = await known();
      const theirs = new Set((await hospital.ehr.all(SLUG, 'Appointment')).map(({ id }) => id!));
      const lacking = (await visitsOf(hospital))
        .filter((visit) => ours.get(visit.id!) !== contentHash(visit))
        .map(({ id }) => id!);
      return [...lacking, ...[...ours.keys()].filter((id) => !theirs.has(id))];
    };
    /** The desk changes some visits: their time, their state, or only a word. */
    const change = async (visits: Appointment[], next: (below: number) => number): Promise<void> => {
      for (const { id, start, end } of visits) {
        const later = (at: string): string =>
          new Date(Date.parse(at) + (1 + next(40)) * 60_000).toISOString();
        const changes = [
          { start: later(start!), end: new Date(Date.parse(end ?? start!) + 3_600_000).toISOString() },
          { status: next(2) === 0 ? 'cancelled' : 'booked' },
          { comment: `note ${next(1_000_000)}` },
        ];
        await hospital.ehr.merge(SLUG, 'Appointment', id!, changes[next(changes.length)]!);
      }
    };
    const asTheyAre = (visits: Appointment[]): Promise<Appointment[]> =>
      Promise.all(visits.map(({ id }) => hospital.ehr.visit(SLUG, id!)));

    it.each(SEEDS)(
      'case 2: loses and doubles nothing when 5 rows change between its pages (seed %i)',
      async (seed) => {
        const next = numbers(seed);
        const at = 1 + next(3);
        const rows = shuffled(await visitsOf(hospital), next).slice(0, 50);
        await change(rows, next);
        // Longer ago than any overlap.
        await hospital.ehr.advance('PT1H');
        moving.script({
          beforePage: async (page) => {
            // Of the pages before: they move behind the rows that are not read yet.
            if (page === at + 1) await change(await asTheyAre(rows.slice(0, 5)), next);
          },
        });
        await hospital.sync();
        moving.script();
        await hospital.sync();
        expect(await differing()).toEqual([]);
      },
    );

    it.each(SEEDS)('case 4: finds what became visible 20 s late (seed %i)', async (seed) => {
      const next = numbers(100 + seed);
      const late = shuffled(await visitsOf(hospital), next).slice(0, 3);
      await change(late, next);
      for (const { id } of late) moving.hidden.add(`Appointment/${id}`);
      await hospital.ehr.advance('PT20S');
      await hospital.sync();
      moving.hidden.clear();
      await hospital.sync();
      expect(await differing()).toEqual([]);
    });

    it.each(SEEDS)('case 6: goes on after it died on page 4 of 9 (seed %i)', async (seed) => {
      const next = numbers(200 + seed);
      // What was before is an hour behind the mark, beyond any overlap: these 90 are all that changed, ten on a page.
      await hospital.ehr.advance('PT1H');
      if (strategy === 'last-updated') await hospital.sync();
      await change((await visitsOf(hospital)).slice(0, 90), next);
      // Before the crawl begins: only its death keeps the mark.
      await hospital.ehr.advance('PT1M');
      const mark = `select mark from fhir.sync`;
      const [before] = await hospital.rows(mark);
      moving.script({ diesAt: 4 });
      await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.unavailable' });
      expect(await hospital.rows(mark)).toEqual([before]);
      moving.script();
      await hospital.sync();
      if (strategy === 'last-updated') expect(moving.pages()).toBe(9);
      expect(await differing()).toEqual([]);
    });

    it('hands each state of a visit to those who plan by it once', async () => {
      expect(handed.size).toBeGreaterThan(100);
      expect(doubled).toEqual([]);
    });
  },
);
