import type { Appointment, Slot } from 'fhir/r4.js';
import type { AppointmentBooking, FreeSlot } from '../../../../src/exchange/fhir/index.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';

const DAY = 86_400_000;
const SLUG = 'st-marys';

describe.each([
  ['with operations and slots of its own', 'open', 'open'],
  ['that leaves its slots to whoever books', 'hapi-like', 'hapi'],
  ['that takes a slot and a patient alone', 'oracle-like', 'oracle'],
])('a visit in a free slot of an EHR %s', (_case, standIn, profile) => {
  let hospital: Hospital;
  let offers: FreeSlot[];
  let patients: string[];

  beforeAll(async () => {
    hospital = await openHospital(SLUG, { profile });
    await hospital.ehr.profile(SLUG, standIn);
    offers = await find(200);
    patients = (await hospital.ehr.all(SLUG, 'Patient')).map(({ id }) => `Patient/${id}`);
  });
  afterEach(() => hospital.ehr.clearFaults());
  afterAll(() => hospital.close());

  /** The service of the first free slot: Oracle Health asks for one. */
  async function service(): Promise<string> {
    const slots = await hospital.ehr.all<Slot>(SLUG, 'Slot');
    const { system, code } = slots.find(({ status }) => status === 'free')!.serviceType![0]!.coding![0]!;
    return `${system}|${code}`;
  }

  const range = () => ({ from: BEGIN, until: new Date(BEGIN.getTime() + 20 * DAY) });
  const find = async (limit: number) =>
    hospital.fhir.findSlots(hospital.ctx, hospital.connectionId, {
      ...range(),
      limit,
      service: await service(),
    });
  const wish = (): AppointmentBooking => {
    const { reference: slot, start } = offers.shift()!;
    const identifier = { system: 'urn:test:booking', value: newId() };
    const { connectionId } = hospital;
    return { connectionId, identifier, slot, patient: patients.shift()!, start: start.toISOString() };
  };
  const book = (wanted: AppointmentBooking) => hospital.fhir.bookAppointment(hospital.ctx, wanted);
  const slotOf = async ({ slot }: { slot: string }): Promise<Slot> =>
    (await hospital.ehr.all<Slot>(SLUG, 'Slot')).find(({ id }) => `Slot/${id}` === slot)!;
  const visitsIn = async ({ slot }: { slot: string }): Promise<Appointment[]> =>
    (await hospital.ehr.all<Appointment>(SLUG, 'Appointment')).filter(
      (visit) => visit.slot?.some(({ reference }) => reference === slot) && visit.status !== 'cancelled',
    );
  const closes = (slot: string) =>
    hospital.ehr.merge(SLUG, 'Slot', slot.replace('Slot/', ''), { status: 'busy' });
  const move = (fhirId: string, { slot }: { slot: string }) =>
    hospital.fhir.writeAppointment(hospital.ctx, {
      connectionId: hospital.connectionId,
      fhirId,
      change: { moveTo: { slot } },
    });

  async function booked(wanted: AppointmentBooking): Promise<string> {
    const result = await book(wanted);
    if (result.outcome !== 'booked') throw new Error(`not booked: ${JSON.stringify(result)}`);
    return result.fhirId;
  }

  it('is found: free ones of the range alone, the soonest first, and no more than asked for', async () => {
    expect(offers.length).toBeGreaterThan(20);
    const starts = offers.map(({ start }) => start.getTime());
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(BEGIN.getTime());
    const slots = new Map(
      (await hospital.ehr.all<Slot>(SLUG, 'Slot')).map((slot) => [`Slot/${slot.id}`, slot]),
    );
    expect(new Set(offers.map(({ reference }) => slots.get(reference)!.status))).toEqual(new Set(['free']));
    expect((await find(3)).map(({ start }) => start)).toEqual(offers.slice(0, 3).map(({ start }) => start));
  });

  it('is found for one practitioner', async () => {
    const practitioner = offers.find((one) => one.practitioner)!.practitioner!;
    const own = await hospital.fhir.findSlots(hospital.ctx, hospital.connectionId, {
      ...range(),
      limit: 5,
      practitioner,
      service: await service(),
    });
    expect(own.length).toBeGreaterThan(0);
    expect(new Set(own.map((one) => one.practitioner))).toEqual(new Set([practitioner]));
  });

  it('is booked, read back, known here, and its slot is offered no more', async () => {
    const wanted = wish();
    const fhirId = await booked(wanted);
    const [visit, ...more] = await visitsIn(wanted);
    expect(more).toEqual([]);
    expect(visit).toMatchObject({ id: fhirId, status: 'booked', start: expect.any(String) });
    expect(visit!.participant.find(({ actor }) => actor?.reference === wanted.patient)?.status).toBe(
      'accepted',
    );
    expect((await slotOf(wanted)).status).toBe('busy');
    expect((await find(200)).map(({ reference }) => reference)).not.toContain(wanted.slot);
    const rows = await hospital.rows(`select 1 from fhir.resource where fhir_id = '${fhirId}'`);
    expect(rows).toHaveLength(1);
  });

  it('is one visit, however often the same wish is told', async () => {
    const wanted = wish();
    const fhirId = await booked(wanted);
    await expect(book(wanted)).resolves.toMatchObject({ outcome: 'booked', how: 'existing', fhirId });
    expect(await visitsIn(wanted)).toHaveLength(1);
  });

  it('is one visit when the answer is lost', async () => {
    const wanted = wish();
    await hospital.ehr.fault({
      name: 'drop-answer',
      count: 1,
      match: { method: 'POST', resourceType: 'Appointment' },
    });
    await booked(wanted);
    expect(await visitsIn(wanted)).toHaveLength(1);
  });

  it('is looked up before it is sent again when nobody could say what became of it', async () => {
    const wanted = wish();
    await hospital.ehr.fault({
      name: 'hold-answer',
      count: 1,
      match: { method: 'POST', resourceType: 'Appointment' },
    });
    const first = book(wanted).catch((error: unknown) => error);
    await hospital.ehr.held(1);
    await hospital.ehr.fault({ name: 'error-500', match: { method: 'GET', resourceType: 'Appointment' } });
    await hospital.ehr.release();
    expect(await first).toMatchObject({ code: 'fhir.unknown-outcome', retryable: true });
    await hospital.ehr.clearFaults();

    await expect(book(wanted)).resolves.toMatchObject({ outcome: 'booked', how: 'existing' });
    expect(await visitsIn(wanted)).toHaveLength(1);
  });

  it('is not made in a slot that somebody else has by now', async () => {
    const wanted = wish();
    await closes(wanted.slot);
    await expect(book(wanted)).resolves.toEqual({ outcome: 'refused', code: 'slot-taken' });
    expect(await visitsIn(wanted)).toEqual([]);
  });

  it('is not made at another time than the patient was told', async () => {
    const wanted = wish();
    const told = { ...wanted, start: new Date(Date.parse(wanted.start) - 900_000).toISOString() };
    await expect(book(told)).resolves.toEqual({ outcome: 'refused', code: 'moved' });
    expect((await slotOf(wanted)).status).toBe('free');
  });

  it('goes to one of two who want the same slot at once', async () => {
    const [one, other] = [wish(), wish()];
    const both = await Promise.all([book(one), book({ ...other, slot: one.slot, start: one.start })]);
    const outcomes = both.map((result) => ('code' in result ? result.code : result.outcome)).sort();
    expect(outcomes).toEqual(['booked', 'slot-taken']);
    expect(await visitsIn(one)).toHaveLength(1);
  });

  it('is not believed from an answer alone', async () => {
    const wanted = wish();
    await hospital.ehr.fault({
      name: 'ignore-writes',
      match: { method: 'POST', resourceType: 'Appointment' },
    });
    await expect(book(wanted)).rejects.toMatchObject({ retryable: true });
    expect(await visitsIn(wanted)).toEqual([]);
  });

  it('moves to another slot: the new one is taken, the old one is free again', async () => {
    const [from, to] = [wish(), wish()];
    const fhirId = await booked(from);
    await expect(move(fhirId, to)).resolves.toMatchObject({ outcome: 'written' });
    const [visit] = await visitsIn(to);
    expect(visit).toMatchObject({ id: fhirId, status: 'booked' });
    expect(Date.parse(visit!.start!)).toBe(Date.parse(to.start));
    expect([(await slotOf(from)).status, (await slotOf(to)).status]).toEqual(['free', 'busy']);
    await expect(move(fhirId, to)).resolves.toMatchObject({ outcome: 'written' });
  });

  it('stays where it is when the new slot is taken', async () => {
    const [from, to] = [wish(), wish()];
    const fhirId = await booked(from);
    await closes(to.slot);
    await expect(move(fhirId, to)).resolves.toEqual({ outcome: 'refused', code: 'slot-taken' });
    expect(await visitsIn(from)).toHaveLength(1);
    expect((await slotOf(from)).status).toBe('busy');
  });

  it('stays where it is once the patient has arrived, and the new slot stays free', async () => {
    const [from, to] = [wish(), wish()];
    const fhirId = await booked(from);
    await hospital.ehr.merge(SLUG, 'Appointment', fhirId, { status: 'arrived' });
    await expect(move(fhirId, to)).resolves.toEqual({ outcome: 'refused', code: 'status-arrived' });
    expect((await slotOf(to)).status).toBe('free');
  });

  it('keeps the slot that it moved to, also when the wish is told again after the patient has arrived', async () => {
    const [from, to] = [wish(), wish()];
    const fhirId = await booked(from);
    await expect(move(fhirId, to)).resolves.toMatchObject({ outcome: 'written' });
    await hospital.ehr.merge(SLUG, 'Appointment', fhirId, { status: 'arrived' });
    await move(fhirId, to);
    expect((await slotOf(to)).status).toBe('busy');
  });

  it('is not said to have moved when the EHR did nothing', async () => {
    const [from, to] = [wish(), wish()];
    const fhirId = await booked(from);
    await hospital.ehr.fault({ name: 'ignore-writes', match: { resourceType: 'Appointment' } });
    await expect(move(fhirId, to)).resolves.toEqual({
      outcome: 'not-taken',
      differs: expect.arrayContaining(['slot']),
    });
    await hospital.ehr.clearFaults();
    expect((await slotOf(to)).status).toBe('free');
  });
});

describe('a visit in an EHR that offers no booking', () => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital('harbour');
  });
  afterAll(() => hospital.close());

  it('is not tried', async () => {
    const { ctx, connectionId, fhir, ehr } = hospital;
    const query = { from: BEGIN, until: new Date(BEGIN.getTime() + DAY), limit: 5 };
    await expect(fhir.findSlots(ctx, connectionId, query)).rejects.toMatchObject({
      code: 'fhir.unsupported',
    });
    const result = await fhir.bookAppointment(ctx, {
      connectionId,
      identifier: { system: 'urn:test:booking', value: newId() },
      slot: 'Slot/1',
      patient: 'Patient/1',
      start: BEGIN.toISOString(),
    });
    expect(result).toEqual({ outcome: 'unsupported' });
    const reading = ['capabilities', 'read', 'search-type'];
    expect((await ehr.history()).filter(({ interaction }) => !reading.includes(interaction))).toEqual([]);
  });
});

describe('free slots of an EHR that finds them by service alone', () => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital(SLUG, { profile: 'oracle' });
    await hospital.ehr.profile(SLUG, 'oracle-like');
  });
  afterAll(() => hospital.close());

  it('are not asked for without one', async () => {
    const query = { from: BEGIN, until: new Date(BEGIN.getTime() + DAY), limit: 5 };
    const found = hospital.fhir.findSlots(hospital.ctx, hospital.connectionId, query);
    await expect(found).rejects.toMatchObject({ code: 'fhir.slots-by-service' });
  });
});
