import type { Appointment, Patient } from 'fhir/r4.js';
import type { EhrEvent } from '../../dataset/events/event.js';
import { legalMoves, moveName } from '../../dataset/status-moves.js';
import { crawl, nextOf, openTestEhr, rowsOf, type TestEhr } from '../ehr-client.fake.js';
import type { StoredResource } from '../resource.js';

let ehr: TestEhr;

beforeEach(async () => {
  ehr = await openTestEhr({ dataset: 'full' });
});

afterEach(() => ehr.close());

interface Played {
  name: string;
  at: string;
  references: string[];
}

const slug = 'st-marys';
const play = (name: string, at = slug) => ehr.control<Played>('POST', `hospitals/${at}/events`, { name });
const listed = async (at = slug) =>
  (
    await ehr.control<{ data: (Omit<EhrEvent, 'steps'> & { steps: number })[] }>(
      'GET',
      `hospitals/${at}/events`,
    )
  ).data;
const row = <T = StoredResource>(reference: string) =>
  ehr.control<T>('GET', `hospitals/${slug}/${reference}`);
const rows = <T>(references: string[]) => Promise.all(references.map((reference) => row<T>(reference)));
const cases = async () =>
  (await ehr.control<{ data: Record<string, string[]> }>('GET', `hospitals/${slug}/cases`)).data;

describe('what can happen while the hospital runs', () => {
  it('is listed in words, and no other name is played', async () => {
    const events = await listed();

    expect(events.map(({ name }) => name)).toEqual([
      ...['reschedule-time', 'reschedule-location', 'reschedule-practitioner', 'reschedule-new-id'],
      ...['entered-in-error', 'late-commit', 'visit-number-changes', 'patient-declines', 'clinic-closes'],
      ...['mass-touch', 'back-dated-create', 'walk-in', 'short-notice', 'number-moves', 'patient-dies'],
      ...['record-number-changes', 'patient-restricted', 'number-dropped', 'language-changes'],
      ...['patient-turns-18', 'merge', 'unmerge', 'merge-and-delete', 'status-moves'],
    ]);
    expect(events.every(({ does, steps }) => does.length > 10 && steps > 0)).toBe(true);
    expect(await play('earthquake')).toHaveProperty('error');
    expect(await ehr.control('GET', 'hospitals/none/events')).toHaveProperty('error');
  });

  it('is the same for the same seed', async () => {
    const other = await openTestEhr({ dataset: 'full' });
    const [here, there] = await Promise.all(
      [ehr, other].map((one) =>
        one.control<Played>('POST', `hospitals/${slug}/events`, { name: 'clinic-closes' }),
      ),
    );
    await other.close();

    expect(here?.references).toEqual(there?.references);
  });

  it('plays each one at each hospital, and all rows it touched carry its moment', async () => {
    for (const at of [slug, 'harbour', 'island']) {
      for (const { name } of await listed(at)) {
        const played = await play(name, at);
        expect(played).toMatchObject({ name, references: expect.any(Array) });
        const [first = ''] = played.references;
        const changed = await ehr.control('GET', `hospitals/${at}/${first}`);
        if (!('error' in changed)) expect(changed.meta.lastUpdated).toBe(played.at);
      }
    }
  });

  it('clinic-closes cancels 120 visits at one moment', async () => {
    const { references } = await play('clinic-closes');
    const closed = await rows<Appointment>(references);

    expect(references).toHaveLength(120);
    expect(new Set(closed.map(({ status }) => status))).toEqual(new Set(['cancelled']));
    expect(new Set(closed.map(({ meta }) => meta?.lastUpdated)).size).toBe(1);
  });

  it('mass-touch gives 500 rows one lastUpdated, over more than one page', async () => {
    const { at, references } = await play('mass-touch');
    const query = `${slug}/fhir/Appointment?_count=100&_lastUpdated=${at}`;

    expect(new Set(references).size).toBe(500);
    expect((await crawl(ehr, query)).length).toBeGreaterThan(450);
    expect(nextOf(await ehr.fhir(query))).toBeDefined();
  });

  it('late-commit shows a row stamped before one that was seen already', async () => {
    const [other] = (await play('reschedule-time')).references;
    const mark = (await row(other as string)).meta.lastUpdated;
    const since = (from: string) => crawl(ehr, `${slug}/fhir/Appointment?_lastUpdated=ge${from}&_count=200`);
    const { at, references } = await play('late-commit');
    const [, id] = (references[0] as string).split('/');

    expect(Date.parse(at)).toBeLessThan(Date.parse(mark) - 60_000);
    expect(await since(mark)).not.toContain(id);
    expect(await since(at)).toContain(id);
  });

  it('number-moves takes the number from one patient and gives it to another', async () => {
    const [before, after] = await rows<Patient>((await play('number-moves')).references);

    expect(before?.telecom).toMatchObject([{ use: 'old', period: { end: expect.any(String) } }]);
    expect(after?.telecom?.[1]).toMatchObject({ use: 'mobile', value: before?.telecom?.[0]?.value });
  });

  it('merge joins two records and moves the visits, unmerge undoes both', async () => {
    const [source = '', survivor = ''] = (await cases())['merge/later'] ?? [];
    const [, id] = source.split('/');
    const before = await row<Patient>(source);
    const visits = () => crawl(ehr, `${slug}/fhir/Appointment?patient=${id}`);
    const had = await visits();

    await play('merge');
    expect(await row(source)).toMatchObject({
      active: false,
      link: [{ type: 'replaced-by', other: { reference: survivor } }],
    });
    expect(await row(survivor)).toMatchObject({ link: [{ type: 'replaces', other: { reference: source } }] });
    expect(had.length).toBeGreaterThan(0);
    expect(await visits()).toEqual([]);

    await play('unmerge');
    const { meta: _meta, ...restored } = await row<Patient>(source);
    expect({ ...restored, meta: before.meta }).toEqual(before);
    expect(await row(survivor)).not.toHaveProperty('link');
    expect((await visits()).sort()).toEqual(had.sort());
  });

  it('merge-and-delete leaves a record that answers 410, and cannot happen twice', async () => {
    const removed = (await play('merge-and-delete')).references.at(-1) as string;

    expect((await ehr.fhir(`${slug}/fhir/${removed}`)).status).toBe(410);
  });

  it('status-moves makes each move that the server itself would allow', async () => {
    const known = await cases();
    await play('status-moves');

    for (const [from, to] of legalMoves) {
      const [reference = ''] = known[moveName(from, to)] ?? [];
      expect([from, to, (await row<Appointment>(reference)).status]).toEqual([from, to, to]);
    }
  });

  it('patient-turns-18 says when it is due and ends what the guardian may do', async () => {
    const due = (await listed()).find(({ name }) => name === 'patient-turns-18')?.at;
    const [guardian = ''] = (await play('patient-turns-18')).references;

    expect(due).toMatch(/T00:00:00\+05:30$/);
    expect(await row(guardian)).toMatchObject({ resourceType: 'RelatedPerson', active: false });
  });

  it('patient-restricted closes the record and its visits', async () => {
    const [reference = ''] = (await play('patient-restricted')).references;
    const [, id] = reference.split('/');

    expect((await ehr.fhir(`${slug}/fhir/${reference}`)).status).toBe(403);
    expect(rowsOf(await ehr.fhir(`${slug}/fhir/Appointment?patient=${id}`))).toEqual([]);
  });

  it('reschedule-new-id cancels one visit and books another', async () => {
    const [old, fresh] = await rows<Appointment>((await play('reschedule-new-id')).references);

    expect([old?.status, fresh?.status]).toEqual(['cancelled', 'booked']);
    expect(Date.parse(fresh?.start as string) - Date.parse(old?.start as string)).toBe(3_600_000);
  });

  it('back-dated-create writes down a visit of last week today', async () => {
    const [visit] = await rows<Appointment>((await play('back-dated-create')).references);

    expect(Date.parse(visit?.start as string)).toBeLessThan(Date.parse(visit?.meta?.lastUpdated as string));
    expect(visit?.meta?.versionId).toBe('1');
  });
});
