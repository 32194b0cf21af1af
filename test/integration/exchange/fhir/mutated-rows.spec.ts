import type { Appointment, Bundle, FhirResource, Patient } from 'fhir/r4.js';
import { startApp, type TestApp } from '../../../support/app.js';
import { rowsOf, setClock } from './database.js';
import { BEGIN, organizationOf } from './hospital.js';
import { mutants } from './mutations.js';
import { bundle, type OddEhr, outcome, startOddEhr, statement, visit } from './odd-ehr.js';

const MUTANTS = 3_000;
const SOUND = 100;
const PER_PAGE = 160;
const SEED = Number(process.env['MUTATIONS_SEED'] ?? 20_261_126);
/** Whom no page brings along is read by id: without a ceiling the missing companions of 3,000 rows would take minutes. */
const LIMIT_MS = 240_000;

/** The reasons for which a row may be put aside (row-checks.ts). */
const REASONS = new Set([
  'malformed',
  'unknown-status',
  'no-participant',
  'no-patient',
  'no-start',
  'bad-start',
  'start-without-offset',
  'bad-end',
  'end-without-offset',
  'end-before-start',
  'unreadable',
]);

const INCLUDES = ['Appointment:patient', 'Appointment:practitioner', 'Appointment:location'];

const sound = (n: number): [Appointment, Patient] => [
  visit(`sound-${n}`, new Date(BEGIN.getTime() + (n + 24) * 3_600_000).toISOString(), {
    participant: [{ actor: { reference: `Patient/sound-${n}` }, status: 'needs-action' }],
  }),
  { resourceType: 'Patient', id: `sound-${n}`, birthDate: '1970-01-01', name: [{ text: `Person ${n}` }] },
];

/** After every 30 rows that are broken somewhere comes a sound visit with its patient. */
function rows(): FhirResource[] {
  const broken = mutants(MUTANTS, SEED);
  const each = MUTANTS / SOUND;
  return Array.from({ length: SOUND }, (_, n) => [
    ...broken.slice(n * each, (n + 1) * each),
    ...sound(n),
  ]).flat();
}

describe(`${MUTANTS} malformed and mutated rows`, () => {
  let ehr: OddEhr;
  let app: TestApp;

  beforeAll(async () => {
    ehr = await startOddEhr(BEGIN);
    const organization = organizationOf('st-marys', '', { baseUrl: ehr.baseUrl });
    app = await startApp({ organizations: [organization] }, 'web');
    await setClock(app.database, BEGIN);
    serve(rows());
  });
  afterAll(async () => {
    await app.close();
    await ehr.close();
  });

  /** All rows in the first window that is asked for, page by page; nothing in the others, and no record by its id. */
  function serve(all: FhirResource[]): void {
    ehr.answer(({ path, query }) => {
      if (path === 'metadata') return { body: statement(['date'], INCLUDES) };
      if (path !== 'Appointment') return { status: 404, body: outcome('not-found', 'error') };
      const page = Number(query.get('page') ?? 0);
      const first = query.has('page') || isFirst(query);
      if (!first) return { body: bundle([]) };
      const shown = all.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
      const more = (page + 1) * PER_PAGE < all.length;
      return { body: bundle(shown, more ? `Appointment?page=${page + 1}` : undefined) as Bundle };
    });
  }

  let opened: string | undefined;
  function isFirst(query: URLSearchParams): boolean {
    opened ??= query.getAll('date').join();
    return opened === query.getAll('date').join();
  }

  async function call<T>(method: string, path: string): Promise<{ status: number; body: T }> {
    const headers = { authorization: `Bearer ${app.apiKey}`, 'x-organization': 'st-marys' };
    const answer = await fetch(`${app.url}${path}`, { method, headers });
    return { status: answer.status, body: (await answer.json()) as T };
  }

  it(
    'raise no unknown error, and the sound rows among them arrive',
    async () => {
      const { body } = await call<{ data: { id: string }[] }>('GET', '/v1/ehr-connections');
      const id = body.data[0]!.id;
      // The probe looks at a week of its own: the scan's first window is the one that counts.
      await call('POST', `/v1/ehr-connections/${id}/check`);
      opened = undefined;
      const sync = await call<{ code?: string; complete: boolean; quarantined: Record<string, number> }>(
        'POST',
        `/v1/ehr-connections/${id}/sync`,
      );

      expect([sync.status, sync.body.code]).toEqual([200, undefined]);
      expect(Object.keys(sync.body.quarantined).filter((reason) => !REASONS.has(reason))).toEqual([]);
      const state = await call<{ status: { fault: string | null } }>('GET', `/v1/ehr-connections/${id}`);
      expect(state.body.status.fault).toBeNull();

      const arrived = await rowsOf<{ fhir_id: string }>(
        app.database,
        `select r.fhir_id from fhir.resource r
           join scheduling.appointment a on a.organization_id = r.organization_id and a.resource_id = r.id
          where r.type = 'Appointment' and r.fhir_id like 'sound-%'`,
      );
      expect(new Set(arrived.map(({ fhir_id }) => fhir_id)).size).toBe(SOUND);

      // Most mutants are sound enough to be taken in: these went through every mapper.
      const taken = await rowsOf<{ type: string; count: number }>(
        app.database,
        `select type, count(*)::int as count from fhir.resource where fhir_id like 'mutant-%' group by 1`,
      );
      for (const type of ['Appointment', 'Patient', 'Location', 'Practitioner']) {
        expect(taken.find((row) => row.type === type)?.count).toBeGreaterThan(MUTANTS / 30);
      }
    },
    LIMIT_MS,
  );
});
