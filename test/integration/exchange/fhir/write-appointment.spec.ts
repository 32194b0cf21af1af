import type { Appointment } from 'fhir/r4.js';
import type { AppointmentChange } from '../../../../src/exchange/fhir/index.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';

const CANCEL: AppointmentChange = { status: 'cancelled', reason: 'pat' };

const patientIn = ({ participant }: Appointment): string =>
  participant.flatMap(({ actor }) => (actor?.reference?.startsWith('Patient/') ? [actor.reference] : []))[0]!;

const confirm = (visit: Appointment): AppointmentChange => ({
  participantStatus: 'accepted',
  patient: patientIn(visit),
});

/** Booked visits of the coming days, one for each test. */
async function bookedVisits({ ehr, slug }: Hospital): Promise<Appointment[]> {
  const visits = await ehr.all<Appointment>(slug, 'Appointment');
  return visits.filter(
    ({ status, start, end, participant }) =>
      status === 'booked' &&
      /Z$|[+-]\d\d:\d\d$/.test(start ?? '') &&
      Date.parse(start!) > BEGIN.getTime() &&
      Date.parse(end!) > Date.parse(start!) &&
      participant.some((one) => one.actor?.reference?.startsWith('Patient/') && one.status !== 'accepted'),
  );
}

describe('a patient’s answer in an EHR that takes it', () => {
  let hospital: Hospital;
  let visits: Appointment[];

  beforeAll(async () => {
    hospital = await openHospital('st-marys');
    await hospital.sync();
    visits = await bookedVisits(hospital);
  });
  afterEach(() => hospital.ehr.clearFaults());
  afterAll(() => hospital.close());

  const next = (): Appointment => visits.shift()!;
  const write = (visit: Appointment, change: AppointmentChange, start = visit.start) =>
    hospital.fhir.writeAppointment(hospital.ctx, {
      connectionId: hospital.connectionId,
      fhirId: visit.id!,
      change,
      expect: { start },
    });
  const now = (visit: Appointment) => hospital.ehr.visit('st-marys', visit.id!);
  const writesSince = async (since: number) =>
    (await hospital.ehr.history(since)).filter(({ method }) => ['PUT', 'PATCH'].includes(method));
  const soFar = async () => (await hospital.ehr.history()).length;

  it('is an accepted participant for a confirmation, sent with the version that was read', async () => {
    const [visit, since] = [next(), await soFar()];
    const result = await write(visit, confirm(visit));
    const after = await now(visit);
    expect(result).toEqual({ outcome: 'written', versionId: after.meta!.versionId });
    const participant = after.participant.find(({ actor }) => actor?.reference === patientIn(visit));
    expect(participant!.status).toBe('accepted');
    expect(after.status).toBe('booked');
    expect(await writesSince(since)).toEqual([expect.objectContaining({ ifMatch: true, status: 200 })]);
  });

  it('is a cancelled visit with the patient’s reason for a cancellation', async () => {
    const visit = next();
    await expect(write(visit, CANCEL)).resolves.toMatchObject({ outcome: 'written' });
    const after = await now(visit);
    expect(after.status).toBe('cancelled');
    expect(after.cancelationReason!.coding![0]!.code).toBe('pat');
  });

  it('given twice is written once', async () => {
    const visit = next();
    await write(visit, CANCEL);
    const since = await soFar();
    await expect(write(visit, CANCEL)).resolves.toMatchObject({ outcome: 'written' });
    expect(await writesSince(since)).toEqual([]);
  });

  it('is known here as soon as it is written', async () => {
    const visit = next();
    await write(visit, CANCEL);
    const { meta } = await now(visit);
    const rows = await hospital.rows<{ version_id: string }>(
      `select version_id from fhir.resource where type = 'Appointment' and fhir_id = '${visit.id}'`,
    );
    expect(rows).toEqual([{ version_id: meta!.versionId }]);
    expect((await hospital.sync()).changed.Appointment).toBe(0);
  });

  it.each([409, 412])('is tried anew after a change by the desk (%d)', async (status) => {
    const visit = next();
    await hospital.ehr.fault({ name: 'stale', count: 1, status });
    await expect(write(visit, CANCEL)).resolves.toMatchObject({ outcome: 'written' });
  });

  it('gives way to a desk that does not stop changing', async () => {
    const visit = next();
    await hospital.ehr.fault({ name: 'stale' });
    const since = (await hospital.ehr.history()).length;
    await expect(write(visit, CANCEL)).resolves.toEqual({ outcome: 'refused', code: 'version-conflict' });
    expect((await now(visit)).status).toBe('booked');
    // Read, rebased and sent three times, and no more.
    const sent = (await hospital.ehr.history(since)).filter(({ status }) => status === 409);
    expect(sent).toHaveLength(3);
  });

  it('is not believed from an answer alone', async () => {
    const visit = next();
    await hospital.ehr.fault({ name: 'ignore-writes' });
    await expect(write(visit, confirm(visit))).resolves.toEqual({
      outcome: 'not-taken',
      differs: ['participant-status'],
    });
  });

  it('whose answer is lost is looked up, not repeated', async () => {
    const [visit, since] = [next(), await soFar()];
    await hospital.ehr.fault({ name: 'drop-answer' });
    await expect(write(visit, CANCEL)).resolves.toMatchObject({ outcome: 'written' });
    expect(await writesSince(since)).toHaveLength(1);
  });

  it('that never arrived is sent again', async () => {
    const visit = next();
    await hospital.ehr.fault({ name: 'drop-request', count: 1, match: { method: 'PATCH' } });
    await expect(write(visit, CANCEL)).resolves.toMatchObject({ outcome: 'written' });
  });

  it('stays open when no try is answered and no look-up shows it', async () => {
    const visit = next();
    await hospital.ehr.fault({ name: 'drop-request', match: { method: 'PATCH' } });
    await expect(write(visit, CANCEL)).rejects.toMatchObject({
      code: 'fhir.unknown-outcome',
      retryable: true,
    });
    expect((await now(visit)).status).toBe('booked');
  });

  it('is not written to a visit that moved meanwhile', async () => {
    const visit = next();
    const told = new Date(Date.parse(visit.start!) - 900_000).toISOString();
    await expect(write(visit, CANCEL, told)).resolves.toEqual({ outcome: 'refused', code: 'moved' });
    expect((await now(visit)).status).toBe('booked');
  });

  it('is not written once the patient has arrived', async () => {
    const visit = next();
    await hospital.ehr.merge('st-marys', 'Appointment', visit.id!, { status: 'arrived' });
    await expect(write(visit, CANCEL)).resolves.toEqual({ outcome: 'refused', code: 'status-arrived' });
  });

  it('is not written to a visit that is gone', async () => {
    const visit = next();
    await hospital.ehr.remove('st-marys', 'Appointment', visit.id!);
    await expect(write(visit, CANCEL)).resolves.toEqual({ outcome: 'refused', code: 'gone' });
  });

  it('can be tried later when the EHR is away', async () => {
    const visit = next();
    await hospital.ehr.fault({ name: 'error-503' });
    await expect(write(visit, CANCEL)).rejects.toMatchObject({ code: 'fhir.unavailable', retryable: true });
  });
});

describe('a patient’s answer in an EHR that takes none', () => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital('harbour');
  });
  afterAll(() => hospital.close());

  it('is unsupported, and nothing is sent', async () => {
    const [visit] = await bookedVisits(hospital);
    const { connectionId, fhir, ctx, ehr } = hospital;
    const result = await fhir.writeAppointment(ctx, { connectionId, fhirId: visit!.id!, change: CANCEL });
    expect(result).toEqual({ outcome: 'unsupported' });
    const reading = ['capabilities', 'read', 'search-type'];
    expect((await ehr.history()).filter(({ interaction }) => !reading.includes(interaction))).toEqual([]);
  });
});

describe('a patient’s answer in an EHR that takes only cancellations', () => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital('st-marys', { appointmentWrite: 'L1' });
  });
  afterAll(() => hospital.close());

  it('is written when it is one', async () => {
    const [visit] = await bookedVisits(hospital);
    const { connectionId, fhir, ctx } = hospital;
    const write = (change: AppointmentChange) =>
      fhir.writeAppointment(ctx, { connectionId, fhirId: visit!.id!, change });
    await expect(write(confirm(visit!))).resolves.toEqual({ outcome: 'unsupported' });
    await expect(write(CANCEL)).resolves.toMatchObject({ outcome: 'written' });
  });
});
