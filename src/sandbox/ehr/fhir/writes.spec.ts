import { codesOf, idsOf, openTestEhr, type TestEhr } from '../ehr-client.fake.js';
import type { StoredResource } from '../resource.js';

let ehr: TestEhr;

beforeEach(async () => {
  ehr = await openTestEhr();
});

afterEach(() => ehr.close());

const visitWith = async (status: string): Promise<StoredResource> => {
  const visits = await ehr.all('st-marys', 'Appointment');
  return visits.find((visit) => visit.status === status && visit.start) as StoredResource;
};
const at = ({ resourceType, id }: StoredResource): string => `st-marys/fhir/${resourceType}/${id}`;
const letter = (value: string) => ({
  resourceType: 'Communication',
  status: 'completed',
  identifier: [{ system: 'https://carethread.example/summary', value }],
  subject: { reference: 'Patient/1001' },
  payload: [{ contentString: 'A summary' }],
});
const ifNone = (value: string) => ({
  'if-none-exist': `identifier=https://carethread.example/summary|${value}`,
});

describe('create', () => {
  it('answers 201 with Location, ETag and Last-Modified, and the row can be read and found', async () => {
    const created = await ehr.post('st-marys/fhir/Communication', letter('a'));

    expect(created.status).toBe(201);
    expect(created.headers.get('etag')).toBe('W/"1"');
    expect(created.headers.get('last-modified')).toMatch(/GMT$/);
    expect(created.headers.get('location')).toBe(
      `${ehr.url}/st-marys/fhir/Communication/${created.body.id}/_history/1`,
    );
    expect((await ehr.fhir(at(created.body))).body).toEqual(created.body);
    expect(idsOf(await ehr.fhir('st-marys/fhir/Communication?patient=1001'))).toEqual([created.body.id]);
  });

  it('makes one copy when told If-None-Exist, even when asked twice at once', async () => {
    const twice = await Promise.all(
      [1, 2].map(() => ehr.post('st-marys/fhir/Communication', letter('a'), ifNone('a'))),
    );

    expect(twice.map(({ status }) => status).sort()).toEqual([200, 201]);
    expect(new Set(twice.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(twice.every(({ headers }) => headers.get('etag') === 'W/"1"')).toBe(true);
    expect(await ehr.all('st-marys', 'Communication')).toHaveLength(1);
  });

  it('answers 412 when If-None-Exist finds several, 400 when it cannot be understood', async () => {
    await ehr.post('st-marys/fhir/Communication', letter('a'));
    await ehr.post('st-marys/fhir/Communication', letter('a'));

    expect((await ehr.post('st-marys/fhir/Communication', letter('a'), ifNone('a'))).status).toBe(412);
    const vague = await ehr.post('st-marys/fhir/Communication', letter('a'), {
      'if-none-exist': 'colour=blue',
    });
    expect(vague.status).toBe(400);
  });

  it.each([
    ['no status', { status: undefined }],
    ['an unknown status', { status: 'sent' }],
    [
      'a payload with two contents',
      { payload: [{ contentString: 'a', contentReference: { reference: 'Binary/1' } }] },
    ],
    [
      'a payload without content',
      { payload: [{ extension: [{ url: 'https://a.example', valueCode: 'a' }] }] },
    ],
    ['data without a content type', { payload: [{ contentAttachment: { data: 'YQ==' } }] }],
    ['a time without an offset', { sent: '2026-11-23T10:00:00' }],
    ['a day that does not exist', { sent: '2026-02-31' }],
    ['a subject that is no patient', { subject: { reference: 'Practitioner/1' } }],
    ['an empty list', { recipient: [] }],
    ['an empty string', { payload: [{ contentString: '' }] }],
    ['an element that R4 does not have', { colour: 'blue' }],
  ])('refuses a Communication with %s by 422', async (_what, change) => {
    const answer = await ehr.post('st-marys/fhir/Communication', { ...letter('a'), ...change });

    expect([answer.status, answer.body.resourceType]).toEqual([422, 'OperationOutcome']);
    expect(await ehr.all('st-marys', 'Communication')).toEqual([]);
  });
});

describe('update', () => {
  it('makes a new version, and none when nothing changed', async () => {
    const visit = await visitWith('booked');
    const changed = await ehr.put(
      at(visit),
      { ...visit, comment: 'bring the card' },
      { 'if-match': 'W/"1"' },
    );
    const again = await ehr.put(at(visit), changed.body, { 'if-match': 'W/"2"' });

    expect([changed.status, changed.headers.get('etag')]).toEqual([200, 'W/"2"']);
    expect([again.status, again.headers.get('etag')]).toEqual([200, 'W/"2"']);
    expect(idsOf(await ehr.fhir('st-marys/fhir/Appointment?_lastUpdated=ge2026-11-23T05:00:00Z'))).toContain(
      visit.id,
    );
  });

  it('answers 412 to a stale If-Match and leaves the row alone', async () => {
    const visit = await visitWith('booked');
    await ehr.put(at(visit), { ...visit, comment: 'first' });
    const stale = await ehr.put(at(visit), { ...visit, comment: 'second' }, { 'if-match': 'W/"1"' });

    expect([stale.status, codesOf(stale)]).toEqual([412, ['conflict']]);
    expect((await ehr.fhir(at(visit))).body.comment).toBe('first');
  });

  it('moves the row to its new patient and day in the indexes', async () => {
    const visit = await visitWith('booked');
    const participant = [{ actor: { reference: 'Patient/1060' }, status: 'accepted' }];
    const moved = {
      ...visit,
      participant,
      start: '2027-03-01T10:00:00+05:30',
      end: '2027-03-01T10:30:00+05:30',
    };
    await ehr.put(at(visit), moved);

    expect(idsOf(await ehr.fhir('st-marys/fhir/Appointment?date=2027-03-01&patient=1060'))).toEqual([
      visit.id,
    ]);
    expect(idsOf(await ehr.fhir(`st-marys/fhir/Appointment?_id=${visit.id}&date=lt2027-03-01`))).toEqual([]);

    await ehr.fhir(at(visit), { method: 'DELETE' });
    const everywhere = await ehr.fhir('st-marys/fhir/Appointment?date=ge2026-01-01&_count=200');
    expect(everywhere.status).toBe(200);
    expect(idsOf(everywhere)).not.toContain(visit.id);
  });

  it.each([
    ['fulfilled', 'booked', 422],
    ['cancelled', 'booked', 422],
    ['booked', 'proposed', 422],
    ['booked', 'cancelled', 200],
    ['arrived', 'fulfilled', 200],
    ['noshow', 'entered-in-error', 200],
    ['booked', 'zzz', 422],
  ])('a %s visit that shall become %s is answered with %i', async (from, to, status) => {
    const { cancelationReason: _reason, ...visit } = await visitWith(from);

    expect((await ehr.put(at(visit as StoredResource), { ...visit, status: to })).status).toBe(status);
  });

  it.each([
    [
      'an unknown participant status',
      { participant: [{ actor: { reference: 'Patient/1001' }, status: 'yes' }] },
    ],
    ['a participant that is nobody', { participant: [{ status: 'accepted' }] }],
    ['no participant', { participant: undefined }],
    ['a start without offset', { start: '2026-11-25T10:00:00' }],
    ['a start without end', { end: undefined }],
    ['its end before its start', { start: '2026-11-25T10:00:00Z', end: '2026-11-25T09:00:00Z' }],
    ['a reason to cancel while booked', { cancelationReason: { text: 'away' } }],
  ])('refuses an Appointment with %s by 422', async (_what, change) => {
    const visit = await visitWith('booked');

    expect((await ehr.put(at(visit), { ...visit, ...change })).status).toBe(422);
  });

  it('answers 404 to an unknown id, 400 to another id in the body, 410 after a delete', async () => {
    const visit = await visitWith('booked');

    expect((await ehr.put('st-marys/fhir/Appointment/none', { ...visit, id: 'none' })).status).toBe(404);
    expect((await ehr.put(at(visit), { ...visit, id: 'other' })).status).toBe(400);
    expect((await ehr.fhir(at(visit), { method: 'DELETE' })).status).toBe(204);
    expect((await ehr.put(at(visit), visit)).status).toBe(410);
    expect((await ehr.fhir(at(visit))).status).toBe(410);
    expect((await ehr.fhir(at(visit), { method: 'DELETE' })).status).toBe(204);
  });
});

describe('JSON Patch', () => {
  it('tests and replaces, with If-Match', async () => {
    const visit = await visitWith('booked');
    const patch = [
      { op: 'test', path: '/status', value: 'booked' },
      { op: 'replace', path: '/participant/0/status', value: 'accepted' },
      { op: 'add', path: '/comment', value: 'confirmed' },
    ];
    const patched = await ehr.patch(at(visit), patch, { 'if-match': 'W/"1"' });
    const stale = await ehr.patch(at(visit), patch, { 'if-match': 'W/"1"' });

    expect([patched.status, patched.headers.get('etag'), patched.body.comment]).toEqual([
      200,
      'W/"2"',
      'confirmed',
    ]);
    expect(stale.status).toBe(412);
  });

  it.each([
    ['a test that does not hold', [{ op: 'test', path: '/status', value: 'pending' }], 422],
    ['a path that leads nowhere', [{ op: 'replace', path: '/slot/0', value: {} }], 422],
    ['another id', [{ op: 'replace', path: '/id', value: 'x' }], 422],
    ['a status that is not allowed', [{ op: 'replace', path: '/status', value: 'proposed' }], 422],
    ['an operation that it does not know', [{ op: 'rename', path: '/status', value: 'x' }], 400],
    ['no list', { op: 'test' }, 400],
  ])('refuses %s and changes nothing', async (_what, patch, status) => {
    const visit = await visitWith('booked');

    expect((await ehr.patch(at(visit), patch)).status).toBe(status);
    expect((await ehr.fhir(at(visit))).body).toEqual(visit);
  });
});

describe('errors', () => {
  it.each([
    ['an unknown id', 'Appointment/none', {}, 404],
    ['an unknown type', 'Dragon/1', {}, 404],
    ['an id that cannot be', 'Appointment/a%20b', {}, 400],
    ['a path with a history', 'Appointment/20001/_history/1', {}, 405],
    ['XML wanted', 'Appointment/20001', { headers: { accept: 'application/fhir+xml' } }, 406],
    ['XML wanted by the address', 'Appointment?_format=xml', {}, 406],
    [
      'XML sent',
      'Appointment',
      { method: 'POST', body: '<a/>', headers: { 'content-type': 'text/xml' } },
      415,
    ],
    [
      'malformed JSON',
      'Appointment',
      { method: 'POST', body: '{"a":', headers: { 'content-type': 'application/fhir+json' } },
      400,
    ],
    [
      'a resource of another type',
      'Appointment',
      {
        method: 'POST',
        body: '{"resourceType":"Patient"}',
        headers: { 'content-type': 'application/fhir+json' },
      },
      400,
    ],
    [
      'merge patch',
      'Appointment/20001',
      { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/json' } },
      415,
    ],
  ])('are an OperationOutcome (%s)', async (_what, path, init, status) => {
    const answer = await ehr.fhir(`st-marys/fhir/${path}`, init);

    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome']);
    expect(codesOf(answer).every(Boolean)).toBe(true);
  });

  it('answers every request with the time of its own clock', async () => {
    await ehr.control('POST', 'clock', { set: '2027-01-01T00:00:00Z' });
    const answer = await ehr.fhir('st-marys/fhir/Appointment/none');

    expect(answer.headers.get('date')).toMatch(/^Fri, 01 Jan 2027 00:00:0\d GMT$/);
  });
});
