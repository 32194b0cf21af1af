import { idsOf, openTestEhr, type TestEhr } from '../ehr-client.fake.js';
import type { HistoryEntry } from '../history.js';
import { startSandboxEhr } from '../index.js';
import { mergePatch } from './merge-patch.js';

let ehr: TestEhr;

beforeEach(async () => {
  ehr = await openTestEhr({ seed: 7 });
});

afterEach(() => ehr.close());

const history = async (query = '') =>
  (await ehr.control<{ data: HistoryEntry[] }>('GET', `history${query}`)).data;

describe('the side door', () => {
  it('tells the seed, the time and the counts', async () => {
    const counts = {
      ...{ Patient: 60, Practitioner: 8, Location: 4, Appointment: 200, Communication: 0 },
      ...{ RelatedPerson: 2, PractitionerRole: 0, HealthcareService: 0, Consent: 0 },
      ...{ Schedule: 3, Slot: 120, CareTeam: 5, DocumentReference: 0, Observation: 0 },
      ...{ QuestionnaireResponse: 0, Provenance: 0, AppointmentResponse: 0, Subscription: 0, Binary: 0 },
    };

    expect(await ehr.control('GET', 'state')).toEqual({
      seed: 7,
      dataset: 'small',
      now: expect.stringMatching(/^2026-11-23T06:00:0/),
      hospitals: [
        { slug: 'st-marys', profile: 'open', counts },
        { slug: 'harbour', profile: 'narrow', counts },
      ],
    });
  });

  it('moves the clock by a duration or to an instant, and new versions carry its time', async () => {
    expect(await ehr.control('POST', 'clock', { advance: 'P1DT1H' })).toEqual({
      now: expect.stringMatching(/^2026-11-24T07:00:0/),
    });
    expect(await ehr.control('POST', 'clock', { set: '2027-02-01T00:00:00+05:30' })).toEqual({
      now: expect.stringMatching(/^2027-01-31T18:30:0/),
    });
    const edited = await ehr.control('PATCH', 'hospitals/harbour/Patient/1001', { active: false });
    expect(edited.meta.lastUpdated).toMatch(/^2027-01-31T18:30:0/);
    for (const body of [{}, { advance: 'soon' }, { set: 'now' }, { set: 5 }]) {
      expect(await ehr.control('POST', 'clock', body)).toHaveProperty('error');
    }
  });

  it('remembers every FHIR request, and nothing of queries, bodies or itself', async () => {
    const letter = { resourceType: 'Communication', status: 'completed' };
    await ehr.fhir('st-marys/fhir/Patient?identifier=secret-number');
    const created = await ehr.post('harbour/fhir/Communication', letter, {
      'if-none-exist': 'identifier=secret-number',
    });
    await ehr.fhir('st-marys/fhir/Appointment/none');

    const entries = await history();
    expect(entries).toMatchObject([
      {
        n: 1,
        hospital: 'st-marys',
        method: 'GET',
        interaction: 'search-type',
        resourceType: 'Patient',
        status: 200,
      },
      {
        n: 2,
        hospital: 'harbour',
        interaction: 'create',
        id: created.body.id,
        status: 201,
        ifNoneExist: true,
        ifMatch: false,
      },
      { n: 3, interaction: 'read', resourceType: 'Appointment', id: 'none', status: 404 },
    ]);
    expect(entries.every(({ bytes }) => bytes > 50)).toBe(true);
    expect(JSON.stringify(entries)).not.toContain('secret-number');
    expect(await history('?since=2')).toEqual([entries[2]]);
    expect(await history('?interaction=create&hospital=harbour')).toEqual([entries[1]]);
    expect(await history('?status=200&since=1')).toEqual([]);
  });

  it('lets staff put, move, cancel and delete a visit without the rules of FHIR', async () => {
    const path = 'hospitals/harbour/Appointment/20001';
    const visit = await ehr.control('GET', path);
    const { end: _end, ...withoutEnd } = visit;
    const moved = await ehr.control('PATCH', path, {
      start: '2027-05-03T10:00:00-04:00',
      end: null,
      status: 'odd',
    });

    expect(moved).toEqual({
      ...withoutEnd,
      start: '2027-05-03T10:00:00-04:00',
      status: 'odd',
      meta: { ...visit.meta, versionId: '2', lastUpdated: moved.meta.lastUpdated },
    });
    expect(idsOf(await ehr.fhir('harbour/fhir/Appointment?date=2027-05-03'))).toEqual(['20001']);

    expect((await ehr.control('PUT', path, visit)).meta.versionId).toBe('3');
    await ehr.control('DELETE', path);
    expect((await ehr.fhir('harbour/fhir/Appointment/20001')).status).toBe(410);
    expect((await ehr.control('PUT', path, visit)).meta.versionId).toBe('5');
    expect((await ehr.fhir('harbour/fhir/Appointment/20001')).status).toBe(200);
  });

  it.each([
    'hospitals/none/Patient',
    'hospitals/harbour/Dragon',
    'hospitals/harbour/Patient/none',
    'nothing',
  ])('says in words that %s is not there', async (path) => {
    expect(await ehr.control('GET', path)).toHaveProperty('error');
  });

  it('keeps visits apart from the data set: what one stand-in changes, the next one does not have', async () => {
    await ehr.control('PATCH', 'hospitals/harbour/Patient/1001', { name: [{ text: 'Changed' }] });
    const other = await openTestEhr({ seed: 7 });

    expect((await other.control('GET', 'hospitals/harbour/Patient/1001')).meta.versionId).toBe('1');
    await other.close();
  });
});

describe('starting and stopping', () => {
  it('may be closed twice', async () => {
    await ehr.close();
    await ehr.close();
  });

  it('refuses to start in production', async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      await expect(startSandboxEhr({ seed: 1, now: new Date() })).rejects.toThrow('production');
    } finally {
      process.env.NODE_ENV = before;
    }
  });

  it('says so when the port is taken', async () => {
    const port = Number(new URL(ehr.url).port);

    await expect(startSandboxEhr({ seed: 1, now: new Date(), port })).rejects.toThrow('EADDRINUSE');
  });
});

describe('merge patch', () => {
  it('merges objects, replaces lists and drops what is null', () => {
    const target = { a: { b: 1, c: 2 }, list: [1, 2], gone: true };

    expect(mergePatch(target, { a: { c: 3 }, list: [9], gone: null })).toEqual({
      a: { b: 1, c: 3 },
      list: [9],
    });
  });
});
