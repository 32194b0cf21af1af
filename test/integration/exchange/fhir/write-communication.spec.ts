import type { Communication, Patient } from 'fhir/r4.js';
import { CountCopies } from '../../../../src/exchange/fhir/application/count-copies.js';
import { OffLimits } from '../../../../src/exchange/fhir/application/off-limits.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import { setClock } from './database.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';

const SYSTEM = 'urn:carethread:summary';

describe.each([
  ['st-marys', 'creates conditionally'],
  ['harbour', 'has to be searched first'],
] as const)('a Communication for %s, which %s', (slug, _) => {
  let hospital: Hospital;
  let patient: string;

  beforeAll(async () => {
    hospital = await openHospital(slug);
    const [first] = await hospital.ehr.all<Patient>(slug, 'Patient');
    patient = `Patient/${first!.id}`;
  });
  afterEach(() => hospital.ehr.clearFaults());
  afterAll(() => hospital.close());

  const aWrite = () => {
    const identifier = { system: SYSTEM, value: newId() };
    const resource: Communication = {
      resourceType: 'Communication',
      identifier: [identifier],
      status: 'completed',
      subject: { reference: patient },
      payload: [
        { contentString: 'A conversation took place.' },
        { contentAttachment: { contentType: 'application/jose+json', data: 'e30=' } },
      ],
    };
    return { connectionId: hospital.connectionId, identifier, resource };
  };
  const write = (one: ReturnType<typeof aWrite>) => hospital.fhir.writeCommunication(hospital.ctx, one);
  const copiesOf = async ({ identifier }: ReturnType<typeof aWrite>) =>
    (await hospital.ehr.communications(slug)).filter(
      (one) => one.identifier?.[0]?.value === identifier.value,
    );
  const stateOf = async ({ identifier }: ReturnType<typeof aWrite>) =>
    (
      await hospital.rows<{ state: string; fault_code: string | null }>(
        `select state, fault_code from fhir.write where identifier_value = '${identifier.value}'`,
      )
    )[0];

  it('is there once, and read back', async () => {
    const one = aWrite();
    const written = await write(one);
    const [copy, ...others] = await copiesOf(one);
    expect(written).toEqual({ fhirId: copy!.id, versionId: copy!.meta!.versionId, how: 'created' });
    expect(others).toEqual([]);
    expect(await stateOf(one)).toEqual({ state: 'sent', fault_code: null });
  });

  it('written again is the same one', async () => {
    const one = aWrite();
    const { fhirId } = await write(one);
    await expect(write(one)).resolves.toMatchObject({ fhirId, how: 'existing' });
    expect(await copiesOf(one)).toHaveLength(1);
  });

  it('whose note here was lost is found again', async () => {
    const one = aWrite();
    const { fhirId } = await write(one);
    await hospital.rows('delete from fhir.write');
    await expect(write(one)).resolves.toMatchObject({ fhirId, how: 'existing' });
    expect(await copiesOf(one)).toHaveLength(1);
  });

  it('whose answer is lost is found, not sent again', async () => {
    const one = aWrite();
    await hospital.ehr.fault({ name: 'drop-answer', count: 1, match: { interaction: 'create' } });
    await expect(write(one)).resolves.toMatchObject({ fhirId: expect.any(String) as string });
    expect(await copiesOf(one)).toHaveLength(1);
  });

  it('whose answer is lost, and then the EHR with it, is one in the end', async () => {
    const one = aWrite();
    await hospital.ehr.fault({ name: 'drop-answer', match: { interaction: 'create' } });
    await hospital.ehr.fault({ name: 'error-500', match: { interaction: 'read' } });
    await expect(write(one)).rejects.toMatchObject({ code: 'fhir.unknown-outcome', retryable: true });
    expect(await stateOf(one)).toEqual({ state: 'unknown', fault_code: 'fhir.unknown-outcome' });
    await hospital.ehr.clearFaults();
    await write(one);
    expect(await copiesOf(one)).toHaveLength(1);
  });

  it('after a process that died while sending is looked for first', async () => {
    const one = aWrite();
    await write(one);
    await hospital.rows(`update fhir.write set state = 'sending', lease = gen_random_uuid(),
      lease_until = clock_timestamp() - interval '1 second' where identifier_value = '${one.identifier.value}'`);
    const since = (await hospital.ehr.history()).length;
    await expect(write(one)).resolves.toMatchObject({ how: 'existing' });
    const sent = (await hospital.ehr.history(since)).filter(({ interaction }) => interaction === 'create');
    expect(sent).toEqual([]);
  });

  it('is not believed from an answer alone', async () => {
    const one = aWrite();
    await hospital.ehr.fault({ name: 'ignore-writes', count: 1 });
    await expect(write(one)).rejects.toMatchObject({ code: 'fhir.not-taken', retryable: true });
    expect(await stateOf(one)).toMatchObject({ state: 'unknown' });
    // A search that shows none proves nothing before it must have caught up.
    await setClock(hospital.platform.database, new Date(BEGIN.getTime() + 11 * 60_000));
    await expect(write(one)).resolves.toMatchObject({ how: 'created' });
    expect(await copiesOf(one)).toHaveLength(1);
  });

  it('asked for by many at once is one', async () => {
    const one = aWrite();
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => write(one)));
    const faults = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as { code: string }] : [],
    );
    expect(faults.every(({ code }) => code === 'fhir.write-running')).toBe(true);
    expect(faults.length).toBeLessThan(5);
    expect(await copiesOf(one)).toHaveLength(1);
  });

  it('is noted even when the caller’s own work is undone', async () => {
    const one = aWrite();
    const transactions = hospital.platform.app.get(Transactions, { strict: false });
    const undone = transactions.run(hospital.ctx, async (tx) => {
      await hospital.fhir.writeCommunication(tx, one);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await stateOf(one)).toMatchObject({ state: 'sent' });
  });

  it('that the EHR refuses is told so, without its content', async () => {
    const one = aWrite();
    const resource = { ...one.resource, status: 'told' } as unknown as Communication;
    await expect(write({ ...one, resource })).rejects.toMatchObject({
      code: 'fhir.content-refused',
      retryable: false,
    });
    expect(await stateOf(one)).toEqual({ state: 'refused', fault_code: 'fhir.content-refused' });
  });

  it('that was taken back before it went out never goes', async () => {
    const one = aWrite();
    const { connectionId, identifier } = one;
    const retract = () => hospital.fhir.retractCommunication(hospital.ctx, { connectionId, identifier });
    expect([await retract(), await retract()]).toEqual(['absent', 'absent']);
    await expect(write(one)).rejects.toMatchObject({ code: 'fhir.withdrawn', retryable: false });
    expect(await copiesOf(one)).toEqual([]);
  });

  it('is not sent by a writer that lost its lease meanwhile', async () => {
    const one = aWrite();
    await hospital.ehr.fault({ name: 'delay', ms: 400, match: { interaction: 'search-type' } });
    await hospital.rows('delete from fhir.write');
    const slow = write(one).catch((error: unknown) => error);
    if (slug === 'st-marys') return void (await slow);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await hospital.rows(`update fhir.write set lease = gen_random_uuid()`);
    expect(await slow).toMatchObject({ code: 'fhir.write-running' });
    expect(await copiesOf(one)).toEqual([]);
  });

  it('about a patient behind break-the-glass is neither looked for nor sent, taken back or counted', async () => {
    const [, other] = await hospital.ehr.all<Patient>(slug, 'Patient');
    const about = { reference: `Patient/${other!.id}` };
    const [before, after] = [aWrite(), aWrite()].map((one) => ({
      ...one,
      resource: { ...one.resource, subject: about },
    })) as [ReturnType<typeof aWrite>, ReturnType<typeof aWrite>];
    await hospital.rows('delete from fhir.write');
    await write(before);
    const { connectionId } = hospital;
    await hospital.platform.app
      .get(OffLimits, { strict: false })
      .note(hospital.ctx, connectionId, about.reference);

    const since = (await hospital.ehr.history()).length;
    const { identifier } = before;
    const refusal = { code: 'fhir.restricted', retryable: false };
    await expect(write(after)).rejects.toMatchObject(refusal);
    await expect(
      hospital.fhir.retractCommunication(hospital.ctx, { connectionId, identifier }),
    ).rejects.toMatchObject(refusal);
    await hospital.platform.app.get(CountCopies, { strict: false }).run(hospital.ctx, connectionId);
    expect(await hospital.ehr.history(since)).toEqual([]);
    await hospital.rows(`delete from fhir.resource where fhir_id = '${other!.id}'`);
  });

  it('of a patient can be read again', async () => {
    const one = aWrite();
    const { fhirId } = await write(one);
    const read = await hospital.fhir.read(hospital.ctx, hospital.connectionId, `Communication/${fhirId}`);
    expect(read).toMatchObject({
      state: 'current',
      row: { fhirId, resource: { payload: one.resource.payload } },
    });
  });
});
