import type { Appointment } from 'fhir/r4.js';
import { BEGIN, type Hospital } from './hospital.js';
import { bundle, type OddRequest, outcome, visit } from './odd-ehr.js';
import { at, atPlace, DAY_MS, type ScannedEhr, startScannedEhr } from './scanned-ehr.js';

describe('a window that is looked at live', () => {
  let ehr: ScannedEhr;
  let hospital: Hospital;

  beforeEach(async () => void (ehr = await startScannedEhr()));
  afterEach(() => ehr.close());

  const span = { from: new Date(at(0)), until: new Date(at(8)) };
  const look = async () => {
    const { visits, unseen, unread, ...rest } = await hospital.fhir.window(
      hospital.ctx,
      hospital.connectionId,
      span,
    );
    const ids = visits.map(({ fhirId }) => fhirId).sort();
    return { ids, ...rest, unread, complete: unseen.length === 0 && unread.length === 0 };
  };
  const withPractitioner = (id: string, days: number): Appointment => atPlace(id, days, 'Practitioner/1');

  it.each([
    ['date', {}, visit],
    ['date', { locations: ['Location/1'] }, (id: string) => atPlace(id, 3, 'Location/1')],
    ['location', { locations: ['Location/1'] }, (id: string) => atPlace(id, 3, 'Location/1')],
    ['practitioner', { practitioners: ['Practitioner/1'] }, (id: string) => withPractitioner(id, 3)],
    ['patient', {}, visit],
  ] as const)('by %s and %j shows what is there, and takes nothing in', async (scanBy, places, make) => {
    hospital = await ehr.open({ sync: { scanBy, ...places } });
    ehr.rows = [make('a', at(3))];
    await hospital.fhir.read(hospital.ctx, hospital.connectionId, 'Appointment/a');
    const late = { ...make('late', at(3)), start: at(9), end: at(9) };
    ehr.rows.push(make('b', at(3)), late, { ...make('bad', at(3)), status: 'unheard-of' as 'booked' });

    expect(await look()).toEqual({
      ids: ['a', 'b'],
      unusable: [
        { reference: 'Appointment/bad', reason: 'unknown-status', startsAt: new Date(ehr.rows[0]!.start!) },
      ],
      hidden: [],
      unread: [],
      complete: true,
      askedAt: BEGIN,
    });
    expect(await ehr.known()).toEqual(['a']);
    expect(await hospital.rows('select * from fhir.quarantine')).toEqual([]);
  });

  it('reads each known visit by its id where no search shows any', async () => {
    hospital = await ehr.open({ sync: { scanBy: 'known' } });
    ehr.rows = [visit('a', at(3)), visit('b', at(3))];
    for (const id of ['a', 'b'])
      await hospital.fhir.read(hospital.ctx, hospital.connectionId, `Appointment/${id}`);
    ehr.rows = [visit('a', at(4)), visit('c', at(3))];

    expect(await look()).toMatchObject({ ids: ['a'], unusable: [], complete: true });
    expect(ehr.searches()).toEqual([]);
    expect(await ehr.known()).toEqual(['a', 'b']);
  });

  it('reads what no search shows any more, shows where it is now, and says what it could not see', async () => {
    hospital = await ehr.open();
    ehr.rows = ['moved', 'gone', 'hidden', 'glass', 'broken', 'there'].map((id) => visit(id, at(3)));
    await hospital.sync();
    await hospital.rows(`update fhir.resource set restricted_at = platform.now() where fhir_id = 'glass'`);
    ehr.rows = [visit('moved', at(20)), visit('there', at(3))];
    ehr.odd = ({ path }) => {
      if (path === 'Appointment/hidden') return { status: 403, body: outcome('forbidden', 'error') };
      return path === 'Appointment/broken' ? { status: 500, body: {} } : undefined;
    };
    ehr.requests.length = 0;

    expect(await look()).toMatchObject({
      ids: ['moved', 'there'],
      unusable: [],
      hidden: [
        { reference: 'Appointment/hidden', reason: 'forbidden' },
        { reference: 'Appointment/glass', reason: 'restricted' },
      ],
      unread: [{ reference: 'Appointment/broken', cause: { code: 'fhir.unavailable' } }],
      complete: false,
    });
    // Each read of it would be an alarm there.
    expect(ehr.requests.map(({ path }) => path)).not.toContain('Appointment/glass');
  });

  it('is cut smaller while the EHR leaves rows out, and says so when a day is still too much', async () => {
    hospital = await ehr.open();
    ehr.rows = [visit('a', at(3)), visit('b', at(5))];
    const days = ({ query }: OddRequest): number => {
      const [from, to] = query.getAll('date').map((limit) => Date.parse(limit.slice(2)));
      return (to! - from!) / DAY_MS;
    };
    const cut = { body: { ...bundle([]), entry: [{ resource: outcome('incomplete', 'warning') }] } };
    ehr.odd = (request) => (request.path === 'Appointment' && days(request) > 2 ? cut : undefined);
    expect(await look()).toMatchObject({ ids: ['a', 'b'], complete: true });

    ehr.odd = (request) => (request.path === 'Appointment' ? cut : undefined);
    expect(await look()).toMatchObject({ ids: [], complete: false });
  });

  it('says that it knows no place at which to look', async () => {
    hospital = await ehr.open({ sync: { scanBy: 'practitioner' } });
    expect(await look()).toMatchObject({ ids: [], complete: false });
  });

  it('throws when the EHR is away', async () => {
    hospital = await ehr.open();
    ehr.odd = () => ({ status: 503, body: outcome('transient', 'error') });
    await expect(look()).rejects.toMatchObject({ code: 'fhir.unavailable' });
  });
});
