import type { Appointment, Bundle, Communication } from 'fhir/r4.js';
import { type FhirAnswer, idsOf, openTestEhr, rowsOf, type TestEhr } from '../ehr-client.fake.js';
import type { ProfileName } from '../profiles/index.js';
import type { StoredResource } from '../resource.js';

let ehr: TestEhr;

afterEach(() => ehr.close());

const base = 'st-marys/fhir';
const open = async (name: ProfileName = 'open'): Promise<void> => {
  ehr = await openTestEhr({ profiles: { 'st-marys': name } });
};
const slots = () => ehr.all('st-marys', 'Slot');
const statusOf = async (id: string) => (await slots()).find((slot) => slot.id === id)?.status;
const refTo = ({ resourceType, id }: StoredResource) => ({ reference: `${resourceType}/${id}` });
const accepted = (reference: string) => ({ actor: { reference }, status: 'accepted' });
const visitAt = (slot: StoredResource, patient = 'Patient/1001') => ({
  ...{ resourceType: 'Appointment', status: 'booked', start: slot.start, end: slot.end },
  ...{ slot: [refTo(slot)], participant: [accepted(patient)] },
});
const book = (slot: StoredResource, patient?: string) =>
  ehr.post(`${base}/Appointment`, visitAt(slot, patient));
const firstOf = ({ body }: FhirAnswer) => (body as unknown as Bundle).entry?.[0]?.resource as Appointment;
const operation = (code: string, parameter: object[]) =>
  ehr.post(`${base}/Appointment/$${code}`, { resourceType: 'Parameters', parameter });
const named = (id: string | undefined, patient: string) => [
  { name: 'appointment-reference', valueReference: { reference: `Appointment/${id}` } },
  { name: 'patient-reference', valueReference: { reference: patient } },
];
const ahead = [
  { name: 'start', valueDateTime: '2026-11-24T00:00:00+05:30' },
  { name: 'end', valueDateTime: '2026-11-25T00:00:00+05:30' },
];

describe('a server that keeps slots and visits in step', () => {
  beforeEach(() => open());

  it('gives a slot to one of two who come at once, and the other gets nothing', async () => {
    const [slot] = await slots();
    const before = (await ehr.all('st-marys', 'Appointment')).length;
    const both = await Promise.all([book(slot!), book(slot!, 'Patient/1002')]);

    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await ehr.all('st-marys', 'Appointment')).toHaveLength(before + 1);
    expect(await statusOf(slot!.id)).toBe('busy');
  });

  it('frees the slot when the visit is cancelled, deleted or moves to another', async () => {
    const [one, two] = await slots();
    const visit = (await book(one!)).body;
    const path = `${base}/Appointment/${visit.id}`;

    await ehr.put(path, { ...visit, slot: [refTo(two!)] });
    expect([await statusOf(one!.id), await statusOf(two!.id)]).toEqual(['free', 'busy']);
    await ehr.patch(path, [{ op: 'replace', path: '/status', value: 'cancelled' }]);
    expect(await statusOf(two!.id)).toBe('free');
    const again = (await book(one!)).body;
    await ehr.fhir(`${base}/Appointment/${again.id}`, { method: 'DELETE' });
    expect(await statusOf(one!.id)).toBe('free');
  });

  it('refuses a slot that is not there, and one that staff have closed', async () => {
    const [slot] = await slots();
    await ehr.control('PATCH', `hospitals/st-marys/Slot/${slot!.id}`, { status: 'busy-unavailable' });

    expect((await book(slot!)).status).toBe(409);
    expect((await book({ ...slot!, id: 'none' })).status).toBe(422);
  });

  it('lets a client reserve a slot by its version first: the second one sees that it is stale', async () => {
    const [slot] = await slots();
    const reserve = () =>
      ehr.put(`${base}/Slot/${slot!.id}`, { ...slot, status: 'busy-tentative' }, { 'if-match': 'W/"1"' });

    expect([(await reserve()).status, (await reserve()).status]).toEqual([200, 412]);
    expect((await book(slot!)).status).toBe(201);
  });

  it('changes no slot for a write that it only pretends to store', async () => {
    const [slot] = await slots();
    await ehr.control('POST', 'faults', { name: 'ignore-writes' });

    expect((await book(slot!)).status).toBe(201);
    expect(await statusOf(slot!.id)).toBe('free');
  });
});

describe('$find, $hold and $book', () => {
  beforeEach(() => open());

  it('proposes a visit for each free slot in the time asked for, of the practitioner asked for', async () => {
    const found = await operation('find', ahead);
    const visits = rowsOf(found) as unknown as Appointment[];
    const wanted = { name: 'practitioner', valueReference: { reference: 'Practitioner/502' } };

    expect(visits).toHaveLength(12);
    expect(new Set(visits.map(({ status }) => status))).toEqual(new Set(['proposed']));
    expect(rowsOf(await operation('find', [...ahead, wanted]))).toHaveLength(4);
    const query = 'start=2026-11-24T00:00:00Z&end=2026-11-25T00:00:00Z&_count=2';
    expect(rowsOf(await ehr.fhir(`${base}/Appointment/$find?${query}`))).toHaveLength(2);
    expect((await operation('find', [])).status).toBe(400);
  });

  it('books what was found, for one of two who come at once', async () => {
    const { id, slot } = firstOf(await operation('find', ahead));
    const both = await Promise.all(
      ['Patient/1001', 'Patient/1002'].map((patient) => operation('book', named(id, patient))),
    );
    const visit = firstOf(both.find(({ status }) => status === 200)!);

    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect([visit.status, new Set(visit.participant.map(({ status }) => status))]).toEqual([
      'booked',
      new Set(['accepted']),
    ]);
    expect((await ehr.fhir(`${base}/Appointment/${visit.id}`)).body).toEqual(visit);
    expect(await statusOf(slot![0]!.reference!.split('/')[1]!)).toBe('busy');
    expect(firstOf(await operation('find', ahead)).id).not.toBe(id);
  });

  it('keeps what is held from others until it is booked or ten minutes have passed', async () => {
    const { id } = firstOf(await operation('find', ahead));
    const held = firstOf(await operation('hold', named(id, 'Patient/1001')));

    expect(held.status).toBe('pending');
    expect((await operation('book', named(id, 'Patient/1002'))).status).toBe(409);
    const booked = firstOf(await operation('book', named(held.id, 'Patient/1001')));
    expect([booked.id, booked.status]).toEqual([held.id, 'booked']);

    const other = firstOf(await operation('find', ahead));
    const lapsing = firstOf(await operation('hold', named(other.id, 'Patient/1001')));
    await ehr.control('POST', 'clock', { advance: 'PT11M' });
    expect((await operation('book', named(other.id, 'Patient/1002'))).status).toBe(200);
    expect((await operation('book', named(lapsing.id, 'Patient/1001'))).status).toBe(409);
  });

  it('books a visit that comes whole, and none for nobody or of no proposal', async () => {
    const [slot] = await slots();
    const resource = { ...visitAt(slot!), status: 'pending' };

    expect((await operation('book', [{ name: 'appointment-resource', resource }])).status).toBe(200);
    const { id } = firstOf(await operation('find', ahead));
    expect((await operation('book', [named(id, '')[0]!])).status).toBe(422);
    expect((await operation('book', named('none', 'Patient/1001'))).status).toBe(422);
    expect((await ehr.post(`${base}/Appointment/$book`, resource)).status).toBe(400);
  });
});

describe('oracle-like', () => {
  beforeEach(() => open('oracle-like'));

  const bare = (slot: StoredResource) => {
    const { start: _start, end: _end, ...visit } = visitAt(slot);
    return visit;
  };
  const search = 'service-type=11429006&start=ge2026-11-24T00:00:00Z&start=lt2026-12-31T00:00:00Z';

  it('books a slot, whose time and practitioner the visit then has, and answers without a body', async () => {
    const [slot] = await slots();
    const created = await ehr.post(`${base}/Appointment`, bare(slot!));
    const location = created.headers.get('location') as string;
    const visit = (await ehr.fhir(location)).body as unknown as Appointment;

    expect([created.status, created.body, created.headers.get('etag')]).toEqual([201, undefined, 'W/"1"']);
    expect([visit.start, visit.end]).toEqual([slot!.start, slot!.end]);
    expect(visit.participant.map(({ actor }) => actor?.reference)).toEqual([
      'Patient/1001',
      'Practitioner/501',
      'Location/11',
    ]);
    expect((await ehr.post(`${base}/Appointment`, bare(slot!))).status).toBe(409);
  });

  it('shows free slots only, a taken one by its id', async () => {
    const [slot] = await slots();
    expect(idsOf(await ehr.fhir(`${base}/Slot?${search}&_count=200`))).toContain(slot!.id);
    await ehr.post(`${base}/Appointment`, bare(slot!));

    expect(idsOf(await ehr.fhir(`${base}/Slot?${search}&_count=200`))).not.toContain(slot!.id);
    expect(idsOf(await ehr.fhir(`${base}/Slot?_id=${slot!.id}`))).toEqual([slot!.id]);
    const first = rowsOf(await ehr.fhir(`${base}/Slot?${search}&_count=1`));
    expect(first).toHaveLength(5);
    const starts = first.map(({ start }) => Date.parse(start as string));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    // Two of the three practitioners are still free at the first time.
    expect(new Set(first.slice(0, 3).map(({ start }) => start)).size).toBe(2);
  });

  it('moves a visit by replacing its slot alone, and both slots follow', async () => {
    const [one, , two] = await slots();
    const created = await ehr.post(`${base}/Appointment`, bare(one!));
    const path = created.headers.get('location') as string;
    const move = [{ op: 'replace', path: '/slot', value: [refTo(two!)] }];

    expect((await ehr.patch(path, move, { 'if-match': 'W/"1"' })).status).toBe(200);
    expect((await ehr.fhir(path)).body.start).toBe(two!.start);
    expect([await statusOf(one!.id), await statusOf(two!.id)]).toEqual(['free', 'busy']);
    const cancel = [{ op: 'replace', path: '/status', value: 'cancelled' }];
    expect((await ehr.patch(path, cancel, { 'if-match': 'W/"2"' })).status).toBe(200);
    expect(await statusOf(two!.id)).toBe('free');
  });

  it('moves a visit that had no slot before', async () => {
    const [slot] = await slots();
    const visit = (await ehr.all('st-marys', 'Appointment')).find(
      ({ status, start }) => status === 'booked' && String(start).endsWith('+05:30'),
    )!;
    const move = [{ op: 'replace', path: '/slot', value: [refTo(slot!)] }];
    const path = `${base}/Appointment/${visit.id}`;

    expect((await ehr.patch(path, move, { 'if-match': 'W/"1"' })).status).toBe(200);
    expect((await ehr.fhir(path)).body.start).toBe(slot!.start);
  });

  it('tells which visits can be cancelled or moved, and obeys staff who forbid it', async () => {
    const visit = (await ehr.all('st-marys', 'Appointment')).find(({ status }) => status === 'booked')!;
    const path = `${base}/Appointment/${visit.id}`;
    const url = 'https://fhir-ehr.cerner.com/r4/StructureDefinition/is-cancelable';
    const cancel = [{ op: 'replace', path: '/status', value: 'cancelled' }];

    expect((await ehr.fhir(path)).body.extension).toContainEqual({ url, valueBoolean: true });
    const extension = [{ url, valueBoolean: false }];
    await ehr.control('PATCH', `hospitals/st-marys/Appointment/${visit.id}`, { extension });
    expect((await ehr.fhir(path)).body.extension).toContainEqual({ url, valueBoolean: false });
    expect((await ehr.patch(path, cancel, { 'if-match': 'W/"2"' })).status).toBe(422);
  });

  it('takes the wish for a visit, without a time', async () => {
    const wish = {
      resourceType: 'Appointment',
      status: 'proposed',
      serviceType: [{ text: 'Consultation' }],
      participant: ['Patient/1001', 'Location/11'].map((reference) => ({
        ...{ actor: { reference }, status: 'needs-action' },
      })),
      requestedPeriod: [{ start: '2026-12-01T08:00:00+05:30', end: '2026-12-05T17:00:00+05:30' }],
    };

    expect((await ehr.post(`${base}/Appointment`, wish)).status).toBe(201);
  });

  it('shows a message in a search without its text, but with the Binary that holds it', async () => {
    const text = { contentType: 'text/plain', data: 'aGVsbG8=' };
    const message = {
      ...{ resourceType: 'Communication', status: 'completed', received: '2026-11-23T06:00:00Z' },
      category: [{ coding: [{ code: 'notification' }] }],
      sender: { reference: 'Practitioner/501' },
      recipient: [{ reference: 'Practitioner/502' }],
      payload: [{ contentAttachment: text }],
    };
    const created = await ehr.post(`${base}/Communication`, message);
    const location = created.headers.get('location') as string;
    const id = location.split('/').at(-1) as string;
    const [row] = rowsOf(await ehr.fhir(`${base}/Communication?_id=${id}`)) as unknown as Communication[];
    const binary = await ehr.fhir(`${base}/${row?.payload?.[0]?.contentReference?.reference}`);

    expect(row?.payload?.[0]).not.toHaveProperty('contentAttachment');
    expect(binary.body).toMatchObject({ resourceType: 'Binary', ...text });
    expect((await ehr.fhir(location)).body.payload).toEqual(message.payload);
  });
});

describe('hapi-like', () => {
  it('is a store of resources: who books a slot sees to the slot', async () => {
    await open('hapi-like');
    const [slot] = await slots();

    expect([(await book(slot!)).status, (await book(slot!)).status]).toEqual([201, 201]);
    expect(await statusOf(slot!.id)).toBe('free');
  });
});
