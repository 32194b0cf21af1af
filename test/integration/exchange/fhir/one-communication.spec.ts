import type { Communication, Patient } from 'fhir/r4.js';
import { CountCopies } from '../../../../src/exchange/fhir/application/count-copies.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { setClock } from './database.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';

const SLUG = 'st-marys';
const PEOPLE = { summary: { sender: 'Practitioner/501', recipients: ['Practitioner/502'] } };

/** Every stand-in that takes Communications. Narrow and Epic-like do not look themselves, Oracle-like shows no text. */
const EHRS = [
  ['open', 'open'],
  ['hapi-like', 'hapi'],
  ['narrow', 'auto'],
  ['epic-like', 'epic'],
  ['oracle-like', 'oracle'],
  ['healthlake-like', 'healthlake'],
] as const;

describe.each(EHRS)('a Communication in an EHR that is %s', (standIn, profile) => {
  let hospital: Hospital;
  let patient: string;
  let survivor: string;

  beforeAll(async () => {
    hospital = await openHospital(SLUG, { profile, ...PEOPLE });
    await hospital.ehr.become(SLUG, standIn);
    await hospital.rows('update fhir.connection set capabilities = null');
    const [first, second] = await hospital.ehr.all<Patient>(SLUG, 'Patient');
    patient = `Patient/${first!.id}`;
    survivor = `Patient/${second!.id}`;
  });
  beforeEach(() => at(0));
  afterEach(() => hospital.ehr.clearFaults());
  afterAll(() => hospital.close());

  const at = (minutes: number) =>
    setClock(hospital.platform.database, new Date(BEGIN.getTime() + minutes * 60_000));

  function aWrite() {
    const identifier = { system: 'urn:carethread:summary', value: newId() };
    const text = `A conversation took place.\nRecord: ${identifier.system}|${identifier.value}\n`;
    const resource: Communication = {
      resourceType: 'Communication',
      identifier: [identifier],
      status: 'completed',
      category: [
        {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/communication-category', code: 'notification' },
          ],
        },
      ],
      subject: { reference: patient },
      sender: { reference: 'Practitioner/501' },
      recipient: [{ reference: 'Practitioner/502' }],
      sent: '2026-11-23T11:00:00+05:30',
      received: '2026-11-23T11:00:00+05:30',
      payload: [
        { contentAttachment: { contentType: 'text/plain', data: Buffer.from(text).toString('base64') } },
      ],
    };
    return { connectionId: hospital.connectionId, identifier, resource };
  }
  /** The same record in the words of another carrier. */
  function inOtherWords({ resource, ...one }: ReturnType<typeof aWrite>) {
    const text = `A conversation took place.\nIt is kept elsewhere.\nRecord: urn:carethread:summary|${one.identifier.value}\n`;
    const data = Buffer.from(text).toString('base64');
    return {
      ...one,
      resource: { ...resource, payload: [{ contentAttachment: { contentType: 'text/plain', data } }] },
    };
  }
  const write = (one: ReturnType<typeof aWrite>) => hospital.fhir.writeCommunication(hospital.ctx, one);
  /** Counted at the stand-in, not by our own tables. */
  const copiesOf = async ({ identifier }: ReturnType<typeof aWrite>) =>
    (await hospital.ehr.communications(SLUG)).filter(
      (each) => each.identifier?.[0]?.value === identifier.value,
    );
  const creates = async (since: number) =>
    (await hospital.ehr.history(since)).filter(({ interaction }) => interaction === 'create');

  it('case 24: whose answer was lost is there exactly once', async () => {
    const one = aWrite();
    await hospital.ehr.fault({ name: 'drop-answer', count: 1, match: { interaction: 'create' } });
    const { fhirId } = await write(one);
    expect((await copiesOf(one)).map(({ id }) => id)).toEqual([fhirId]);
  });

  it('case 24: whose answer was lost, and the EHR with it, is there exactly once after reconciliation', async () => {
    const one = aWrite();
    await hospital.ehr.fault({ name: 'drop-answer', count: 1, match: { interaction: 'create' } });
    await hospital.ehr.fault({
      name: 'error-500',
      match: { interaction: 'read', resourceType: 'Communication' },
    });
    await expect(write(one)).rejects.toMatchObject({ code: 'fhir.unknown-outcome', retryable: true });
    await hospital.ehr.clearFaults();
    const since = (await hospital.ehr.history()).length;
    const { fhirId } = await write(one);
    expect((await copiesOf(one)).map(({ id }) => id)).toEqual([fhirId]);
    expect(await creates(since)).toEqual([]);
  });

  it('case 24: whose sender died before the answer is there exactly once after reconciliation', async () => {
    const one = aWrite();
    await write(one);
    await hospital.rows(`update fhir.write set state = 'sending', fhir_id = null, lease = gen_random_uuid(),
      lease_until = clock_timestamp() - interval '1 second' where identifier_value = '${one.identifier.value}'`);
    const since = (await hospital.ehr.history()).length;
    const { fhirId } = await write(one);
    expect((await copiesOf(one)).map(({ id }) => id)).toEqual([fhirId]);
    expect(await creates(since)).toEqual([]);
  });

  it('case 24: whose identifier the EHR drops is known by the line in its text', async () => {
    const one = aWrite();
    const { fhirId } = await write(one);
    await hospital.ehr.merge(SLUG, 'Communication', fhirId, { identifier: null });
    await hospital.rows(`update fhir.write set state = 'unknown', fhir_id = null
      where identifier_value = '${one.identifier.value}'`);
    const since = (await hospital.ehr.history()).length;
    await expect(write(one)).resolves.toMatchObject({ fhirId, how: 'existing' });
    expect(await creates(since)).toEqual([]);
  });

  it('case 24: that never came there is sent again, once, when a search must have shown it', async () => {
    const one = aWrite();
    await hospital.ehr.fault({ name: 'drop-request', count: 1, match: { interaction: 'create' } });
    await expect(write(one)).rejects.toMatchObject({ code: 'fhir.unknown-outcome' });
    expect(await copiesOf(one)).toHaveLength(0);
    await at(11);
    await hospital.ehr.advance('PT11M');
    await expect(write(one)).resolves.toMatchObject({ how: 'created' });
    await write(one);
    expect(await copiesOf(one)).toHaveLength(1);
  });

  it('case 24: whose answer was lost before its patient was merged is there exactly once', async () => {
    const one = aWrite();
    await hospital.ehr.fault({ name: 'drop-answer', count: 1, match: { interaction: 'create' } });
    await hospital.ehr.fault({
      name: 'error-500',
      match: { interaction: 'read', resourceType: 'Communication' },
    });
    await expect(write(one)).rejects.toMatchObject({ code: 'fhir.unknown-outcome' });
    await hospital.ehr.clearFaults();
    await at(11);
    await hospital.ehr.advance('PT11M');
    const [copy] = await copiesOf(one);
    const merged = { ...one, resource: { ...one.resource, subject: { reference: survivor } } };
    await expect(write(merged)).resolves.toMatchObject({ fhirId: copy!.id, how: 'existing' });
    expect(await copiesOf(one)).toHaveLength(1);
  });

  it('that the EHR keeps with other bytes is no record: it is withdrawn, or told to staff, and another form follows', async () => {
    const one = aWrite();
    await hospital.ehr.fault({ name: 'altered', count: 1, match: { interaction: 'create' } });
    await expect(write(one)).rejects.toMatchObject({ code: 'fhir.altered', retryable: false });
    const [spoilt] = await copiesOf(one);
    const { fhirId } = await write(inOtherWords(one));

    const copies = await copiesOf(one);
    expect(copies.map(({ id }) => id).sort()).toEqual([spoilt!.id, fhirId].sort());
    const { communicationChange } = await hospital.fhir.capabilities(hospital.ctx, hospital.connectionId);
    const can = communicationChange !== 'none';
    if (['open', 'hapi-like', 'healthlake-like'].includes(standIn)) expect(can).toBe(true);
    expect(copies.find(({ id }) => id === fhirId)).toMatchObject({ status: 'completed' });
    expect(copies.find(({ id }) => id === spoilt!.id)).toMatchObject({
      status: can ? 'entered-in-error' : 'completed',
    });
    const told = { reason: 'ehr-cannot-withdraw', detail: { withdrawn: 0, left: 1 } };
    const audited = 1;
    expect(await found(one.identifier.value)).toEqual({ items: can ? [] : [told], audited });

    await hospital.ehr.advance('PT1M');
    await hospital.platform.app.get(CountCopies, { strict: false }).run(hospital.ctx, hospital.connectionId);
    expect(await found(one.identifier.value)).toEqual({ items: can ? [] : [told], audited });
  });

  it('that has a copy too many is counted at night: withdrawn where that can be, told to staff in any case', async () => {
    const one = aWrite();
    const { fhirId } = await write(one);
    const [first] = await copiesOf(one);
    const twin = await hospital.ehr.put(SLUG, { ...first!, id: `zz-${one.identifier.value.slice(-12)}` });
    // As an EHR whose search lags shows it by night.
    await hospital.ehr.advance('PT1M');
    const count = hospital.platform.app.get(CountCopies, { strict: false });
    const seen: unknown[] = [];
    for (let night = 0; night < 2; night++) {
      await count.run(hospital.ctx, hospital.connectionId);
      seen.push(await found(one.identifier.value));
    }
    const copies = await copiesOf(one);
    const living = copies.filter(({ status }) => status === 'completed').map(({ id }) => id);
    const { communicationChange } = await hospital.fhir.capabilities(hospital.ctx, hospital.connectionId);
    const can = communicationChange !== 'none' && living.length === 1;
    expect(living).toEqual(can ? [fhirId] : [fhirId, twin.id].sort());
    if (['open', 'hapi-like', 'healthlake-like'].includes(standIn)) expect(can).toBe(true);
    expect(seen[0]).toEqual({
      items: [
        can
          ? { reason: 'withdrawn', detail: { withdrawn: 1, left: 0 } }
          : { reason: 'ehr-cannot-withdraw', detail: { withdrawn: 0, left: 1 } },
      ],
      audited: 1,
    });
    // The second night finds nothing new.
    expect(seen[1]).toEqual(seen[0]);
  });

  const found = async (value: string) => {
    const [row] = await hospital.rows<{ id: string }>(
      `select id from fhir.write where identifier_value = '${value}'`,
    );
    const items = await hospital.rows(
      `select reason, detail from worklist.work_item where key = 'ehr-copies:${row!.id}'`,
    );
    const events = await hospital.rows<{ body: Buffer }>('select body from audit.event');
    const audited = events
      .map(({ body }) => JSON.parse(body.toString('utf8')) as { type: string; entity?: { id: string } })
      .filter(({ type, entity }) => type === 'ehr-write.copies-found' && entity?.id === row!.id);
    return { items, audited: audited.length };
  };
});

describe('an EHR that creates conditionally', () => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital(SLUG);
    await hospital.ehr.become(SLUG, 'open');
  });
  afterAll(() => hospital.close());

  it('case 25: is asked with If-None-Exist, what it has is success, and several are a dead letter', async () => {
    const identifier = { system: 'urn:carethread:summary', value: newId() };
    const resource: Communication = {
      resourceType: 'Communication',
      identifier: [identifier],
      status: 'completed',
      payload: [{ contentString: 'A conversation took place.' }],
    };
    const write = () =>
      hospital.fhir.writeCommunication(hospital.ctx, {
        connectionId: hospital.connectionId,
        identifier,
        resource,
      });
    await hospital.ehr.put(SLUG, { ...resource, id: 'first' });
    const since = (await hospital.ehr.history()).length;
    await expect(write()).resolves.toMatchObject({ how: 'existing', fhirId: 'first' });
    const creates = (await hospital.ehr.history(since)).filter(({ interaction }) => interaction === 'create');
    expect(creates).toMatchObject([{ ifNoneExist: true, status: 200 }]);

    await hospital.rows('delete from fhir.write');
    await hospital.ehr.put(SLUG, { ...resource, id: 'second' });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.several-copies', retryable: false });
    expect(await hospital.rows('select state from fhir.write')).toEqual([{ state: 'dead' }]);
    expect(await hospital.ehr.communications(SLUG)).toHaveLength(2);
  });
});
