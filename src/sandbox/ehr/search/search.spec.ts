import type { Appointment } from 'fhir/r4.js';
import {
  bundleOf,
  crawl,
  idsOf,
  nextOf,
  NOW,
  openTestEhr,
  rowsOf,
  type TestEhr,
} from '../ehr-client.fake.js';
import type { StoredResource } from '../resource.js';

let ehr: TestEhr;
let visits: StoredResource[];

const asVisit = (row: unknown): Appointment => row as Appointment;
const search = (query: string) => ehr.fhir(`st-marys/fhir/Appointment?${query}`);
const expected = (matches: (visit: Appointment) => boolean): string[] =>
  visits
    .filter((row) => matches(asVisit(row)))
    .map(({ id }) => id)
    .sort();
const found = async (query: string): Promise<string[]> =>
  (await crawl(ehr, `st-marys/fhir/Appointment?${query}&_count=200`)).sort();
// The row without an offset is read in the hospital's zone, as the server does.
const timeOf = ({ start = '' }: Appointment): number =>
  Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(start) || start === '' ? start : `${start}+05:30`);
const startsIn = (from: string, to: string) => (visit: Appointment) =>
  timeOf(visit) >= Date.parse(from) && timeOf(visit) < Date.parse(to);

beforeAll(async () => {
  ehr = await openTestEhr();
  visits = await ehr.all('st-marys', 'Appointment');
});

afterAll(() => ehr.close());

describe('searching appointments', () => {
  it('finds by patient, with and without the type, and by practitioner and location', async () => {
    const has =
      (reference: string) =>
      ({ participant }: Appointment) =>
        participant.some(({ actor }) => actor?.reference === reference);

    expect(await found('patient=1001')).toEqual(expected(has('Patient/1001')));
    expect(await found('patient=Patient/1001')).toEqual(expected(has('Patient/1001')));
    expect(await found(`patient=${ehr.url}/st-marys/fhir/Patient/1001`)).toEqual(
      expected(has('Patient/1001')),
    );
    expect(await found('practitioner=501')).toEqual(expected(has('Practitioner/501')));
    expect(await found('location=Location/12')).toEqual(expected(has('Location/12')));
    expect(await found('patient=Practitioner/501')).toEqual([]);
  });

  it('reads a date by its precision, in the zone of the hospital when it has none', async () => {
    const day = startsIn('2026-11-25T00:00:00+05:30', '2026-11-26T00:00:00+05:30');
    const month = startsIn('2026-12-01T00:00:00+05:30', '2027-01-01T00:00:00+05:30');

    expect(expected(day).length).toBeGreaterThan(3);
    expect(await found('date=2026-11-25')).toEqual(expected(day));
    expect(await found('date=eq2026-12')).toEqual(expected(month));
  });

  it('takes the prefixes, repeated, with an offset', async () => {
    const start = asVisit(visits.find(({ status, start: at }) => status === 'booked' && at)).start as string;
    const instant = encodeURIComponent(start);
    const at = Date.parse(start);

    expect(await found(`date=eq${instant}`)).toEqual(expected((visit) => timeOf(visit) === at));
    expect(await found(`date=gt${instant}`)).toEqual(expected((visit) => timeOf(visit) > at));
    expect(await found(`date=ge${instant}`)).toEqual(expected((visit) => timeOf(visit) >= at));
    expect(await found(`date=lt${instant}`)).toEqual(expected((visit) => timeOf(visit) < at));
    expect(await found(`date=le${instant}`)).toEqual(expected((visit) => timeOf(visit) <= at));
    expect(await found('date=ge2026-11-24&date=lt2026-11-26')).toEqual(
      expected(startsIn('2026-11-24T00:00:00+05:30', '2026-11-26T00:00:00+05:30')),
    );
  });

  it('finds by a list of statuses, by identifier and by ids', async () => {
    const [first, second] = visits as [StoredResource, StoredResource];
    const { system, value } = asVisit(first).identifier![0]!;

    expect(await found('status=booked,pending')).toEqual(
      expected(({ status }) => status === 'booked' || status === 'pending'),
    );
    expect(await found(`identifier=${encodeURIComponent(`${system}|${value}`)}`)).toEqual([first.id]);
    expect(await found(`identifier=${value}`)).toEqual([first.id]);
    expect(await found(`identifier=${encodeURIComponent(`https://elsewhere.example|${value}`)}`)).toEqual([]);
    expect(await found(`_id=${first.id},${second.id},none`)).toEqual([first.id, second.id].sort());
  });

  it('finds what changed since a moment, and nothing after the last change', async () => {
    const mark = '2026-11-10T00:00:00Z';

    expect(await found(`_lastUpdated=ge${mark}`)).toEqual(
      expected(({ meta }) => Date.parse(meta?.lastUpdated as string) >= Date.parse(mark)),
    );
    expect(await found(`_lastUpdated=gt${NOW.toISOString()}`)).toEqual([]);
  });

  it('sorts when asked', async () => {
    const rows = rowsOf(await search('status=booked&_sort=-date&_count=200')).map(asVisit);
    const times = rows.flatMap(({ start }) => (start ? [timeOf({ start } as Appointment)] : []));

    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it('includes patients, practitioners and places once each, marked as included', async () => {
    const answer = await search(
      'status=booked&_include=Appointment:patient&_include=Appointment:practitioner&_include=Appointment:location',
    );
    const included = rowsOf(answer, 'include').map(({ resourceType, id }) => `${resourceType}/${id}`);
    const wanted = rowsOf(answer).flatMap((row) =>
      asVisit(row).participant.map(({ actor }) => actor?.reference),
    );

    expect(rowsOf(answer)).toHaveLength(20);
    expect([...included].sort()).toEqual([...new Set(wanted)].sort());
  });

  it('takes a form by POST', async () => {
    const answer = await ehr.fhir('st-marys/fhir/Appointment/_search', {
      method: 'POST',
      body: new URLSearchParams({ patient: 'Patient/1001', _count: '200' }),
    });

    expect(idsOf(answer).sort()).toEqual(await found('patient=1001'));
  });
});

describe('paging', () => {
  it('gives every row once over absolute next links, with the total on each page', async () => {
    const first = await search('status=booked&_count=7');
    const second = await ehr.fhir(nextOf(first) as string);

    expect(bundleOf(first).total).toBe(expected(({ status }) => status === 'booked').length);
    expect(bundleOf(second).total).toBe(bundleOf(first).total);
    expect(nextOf(first)).toMatch(new RegExp(`^${ehr.url}/st-marys/fhir/Appointment\\?_page=`));
    expect((await crawl(ehr, 'st-marys/fhir/Appointment?status=booked&_count=7')).sort()).toEqual(
      expected(({ status }) => status === 'booked'),
    );
  });

  it('still gives every row once when rows change under the crawl', async () => {
    const first = await search('_count=50');
    await ehr.control('PATCH', `hospitals/st-marys/Appointment/${idsOf(first)[0]}`, {
      comment: 'moved about',
    });
    const rest = await crawl(ehr, nextOf(first) as string);

    expect([...idsOf(first), ...rest].sort()).toEqual(expected(() => true));
  });

  it('has 20 rows a page by default and never more than 200', async () => {
    expect(rowsOf(await search(''))).toHaveLength(20);
    expect(rowsOf(await search('_count=5000'))).toHaveLength(200);
    expect(rowsOf(await search('_count=0'))).toHaveLength(0);
    expect(nextOf(await search('_count=0'))).toBeUndefined();
  });

  it('answers 410 for a page that it does not know', async () => {
    expect((await search('_page=bm9uZS8yMA')).status).toBe(410);
  });
});

describe('a search that cannot be understood', () => {
  it.each([
    'colour=blue',
    'patient:name=x',
    'status=',
    'date=tomorrow',
    'date=2026-02-31',
    'date=2026-11-25T10:00:00+05:30',
    '_count=many',
    '_include=Appointment:colour',
    '_sort=colour',
  ])('is refused with 400 and an OperationOutcome (%s)', async (query) => {
    const { status, body } = await search(query);

    expect([status, body.resourceType]).toEqual([400, 'OperationOutcome']);
  });

  it('is answered with a warning when the client asks for lenient handling', async () => {
    const answer = await ehr.fhir('st-marys/fhir/Appointment?colour=blue', {
      headers: { prefer: 'handling=lenient' },
    });

    expect(rowsOf(answer, 'outcome')).toHaveLength(1);
    expect(bundleOf(answer).total).toBe(visits.length);
  });
});
