import type { Patient, RelatedPerson } from 'fhir/r4.js';
import { PatientsFacade } from '../../../../src/exchange/patients/index.js';
import { Loops } from '../../../../src/platform/jobs/loops.js';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { Listeners } from '../../../../src/platform/jobs/listeners.js';
import { setClock } from '../fhir/database.js';
import { BEGIN, type Hospital, openHospital, organizationOf } from '../fhir/hospital.js';

const ROLE = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';

describe('who speaks for a minor', () => {
  let hospital: Hospital;
  let patients: PatientsFacade;
  let ahead: Set<string>;

  beforeAll(async () => {
    hospital = await openHospital('st-marys');
    patients = hospital.platform.app.get(PatientsFacade, { strict: false });
    ahead = new Set();
    patients.registerVisitsAhead(async (_, ids) => new Set(ids.filter((id) => ahead.has(id))));
  });
  afterAll(() => hospital.close());
  afterEach(() => setClock(hospital.platform.database, BEGIN));

  const phone = (value: string) => ({ system: 'phone' as const, value, use: 'mobile' as const });
  let numbers = 10;
  const fresh = (): string => `+1907555${String(numbers++).padStart(4, '01')}`;

  async function child(id: string, more: Partial<Patient> = {}) {
    await hospital.ehr.put('st-marys', {
      resourceType: 'Patient',
      id,
      birthDate: '2016-06-01',
      name: [{ text: 'Kiran' }],
      telecom: [phone(fresh())],
      ...more,
    } as Patient);
    const read = await patients.byReference(hospital.ctx, hospital.connectionId, `Patient/${id}`);
    return read!;
  }
  const relate = (id: string, patient: string, more: Partial<RelatedPerson> = {}) =>
    hospital.ehr.put('st-marys', {
      resourceType: 'RelatedPerson',
      id,
      patient: { reference: `Patient/${patient}` },
      relationship: [{ coding: [{ system: ROLE, code: 'MTH' }] }],
      telecom: [phone(fresh())],
      ...more,
    } as RelatedPerson);
  const guardiansOf = async (id: string) => {
    await patients.refreshGuardians(hospital.ctx, [id]);
    return (await patients.guardiansOf(hospital.ctx, id)).map(({ reference }) => reference);
  };
  const items = (id: string) =>
    hospital.rows<{ reason: string; state: string; resolution: string | null }>(
      `select reason, state, resolution from worklist.work_item
        where key = 'patient-guardian:${id}' order by raised_at`,
    );
  const checkedAt = async (id: string) =>
    (
      await hospital.rows<{ at: Date }>(
        `select majority_check_at as at from patients.patient where id = '${id}'`,
      )
    )[0]!.at;
  const turn = (loop: string): Promise<number> => {
    const loops = hospital.platform.app.get(Loops, { strict: false }) as unknown as {
      entries: Map<string, { claim(ctx: unknown): Promise<number> }>;
    };
    return loops.entries.get(loop)!.claim(hospital.ctx);
  };

  it('is whom the EHR relates to the patient, and where the messages go instead of the child’s number', async () => {
    const { id, byProxy } = await child('c1');
    await relate('r1', 'c1');
    expect(byProxy).toBe(true);
    expect(await patients.addressesOf(hospital.ctx, id)).toEqual([]);
    expect(await guardiansOf(id)).toEqual(['RelatedPerson/r1']);
    const [address] = await patients.addressesOf(hospital.ctx, id);
    expect((await patients.byAddress(hospital.ctx, address!.id)).map((one) => one.id)).toEqual([id]);
  });

  it('is nobody once the EHR says so, in each way in which it can', async () => {
    const { id } = await child('c2');
    for (const [n, more] of [
      { active: false },
      { period: { end: '2026-11-22' } },
      { telecom: [] },
    ].entries()) {
      await relate(`gone-${n}`, 'c2');
      expect(await guardiansOf(id)).toEqual([`RelatedPerson/gone-${n}`]);
      await relate(`gone-${n}`, 'c2', more);
      expect(await guardiansOf(id)).toEqual([]);
    }
    await relate('deleted', 'c2');
    expect(await guardiansOf(id)).toEqual(['RelatedPerson/deleted']);
    await hospital.ehr.remove('st-marys', 'RelatedPerson', 'deleted');
    expect(await guardiansOf(id)).toEqual([]);
  });

  it('is somebody else when the row names another child now', async () => {
    const [one, two] = [await child('c3'), await child('c4')];
    await relate('moves', 'c3');
    expect(await guardiansOf(one.id)).toEqual(['RelatedPerson/moves']);
    await relate('moves', 'c4');
    expect([await guardiansOf(one.id), await guardiansOf(two.id)]).toEqual([[], ['RelatedPerson/moves']]);
  });

  it('is nobody where the row cannot be used: it is put aside, and the others count', async () => {
    const { id } = await child('c5');
    await relate('sound', 'c5');
    await relate('broken', 'c5', { relationship: ['mother'] as never });
    expect(await guardiansOf(id)).toEqual(['RelatedPerson/sound']);
    expect(await hospital.rows(`select reason from fhir.quarantine where type = 'RelatedPerson'`)).toEqual([
      { reason: 'malformed' },
    ]);
  });

  it('is asked for by itself where a visit is to come, and staff hear of it when there is nobody', async () => {
    const { id } = await child('c6');
    await turn('patients.proxies');
    expect(await items(id)).toEqual([]);

    ahead.add(id);
    await patients.expect(hospital.ctx, [id]);
    await turn('patients.proxies');
    expect(await items(id)).toEqual([{ reason: 'no-guardian', state: 'open', resolution: null }]);
    expect(await patients.missGuardian(hospital.ctx, id)).toBe('no-guardian');
    expect(await items(id)).toHaveLength(1);

    await relate('r6', 'c6');
    await patients.refreshGuardians(hospital.ctx, [id]);
    expect(await items(id)).toEqual([
      { reason: 'no-guardian', state: 'resolved', resolution: 'mended-in-ehr' },
    ]);
  });

  it('is asked for under every record of the child', async () => {
    const [one, two] = [await child('c20'), await child('c21')];
    await relate('r20', 'c20');
    await relate('r21', 'c21');
    const link = [{ type: 'replaced-by' as const, other: { reference: 'Patient/c21' } }];
    await hospital.ehr.merge('st-marys', 'Patient', 'c20', { link });
    await patients.byReference(hospital.ctx, hospital.connectionId, 'Patient/c21');
    await hospital.fhir.read(hospital.ctx, hospital.connectionId, 'Patient/c20');
    expect(await patients.recordsOf(hospital.ctx, two.id)).toEqual([two.id, one.id]);
    await patients.refreshGuardians(hospital.ctx, [two.id]);
    const named = async (id: string) =>
      (await patients.guardiansOf(hospital.ctx, id)).map(({ reference }) => reference);
    expect([await named(one.id), await named(two.id)]).toEqual([
      ['RelatedPerson/r20'],
      ['RelatedPerson/r21'],
    ]);
  });

  it('is nobody while the EHR keeps the row behind break-the-glass, and the child’s own ends the asking', async () => {
    const { id } = await child('c22');
    await relate('r22', 'c22');
    expect(await guardiansOf(id)).toEqual(['RelatedPerson/r22']);
    const shut = (fhirId: string, when = 'platform.now()') =>
      hospital.rows(
        `update fhir.resource set restricted_at = ${when}, forbidden_at = ${when} where fhir_id = '${fhirId}'`,
      );
    await shut('r22');
    expect(await guardiansOf(id)).toEqual([]);
    await shut('r22', `platform.now() - interval '25 hours'`);
    expect(await guardiansOf(id)).toEqual(['RelatedPerson/r22']);

    await shut('c22');
    const before = (await hospital.ehr.history()).length;
    expect(await guardiansOf(id)).toEqual(['RelatedPerson/r22']);
    expect(await hospital.ehr.history()).toHaveLength(before);
    expect(await patients.isRestricted(hospital.ctx, id)).toBe(true);
  });

  it('is asked again later while the EHR is away, and nothing is known meanwhile', async () => {
    const { id } = await child('c7');
    await relate('r7', 'c7');
    await hospital.ehr.fault({ name: 'error-503', match: { resourceType: 'RelatedPerson' } });
    await expect(patients.refreshGuardians(hospital.ctx, [id])).rejects.toMatchObject({ retryable: true });
    await hospital.ehr.clearFaults();
    expect(await guardiansOf(id)).toEqual(['RelatedPerson/r7']);
  });

  it('ends with the midnight of the birthday where the hospital is, though nobody has looked yet', async () => {
    const { id } = await child('c8', { birthDate: '2008-11-24', telecom: [phone(fresh())] });
    await relate('r8', 'c8');
    await guardiansOf(id);
    const [proxys] = await patients.addressesOf(hospital.ctx, id);
    const pair = [{ patientId: id, addressId: proxys!.id }];
    await setClock(hospital.platform.database, new Date('2026-11-23T18:29:59Z'));
    expect(await patients.linked(hospital.ctx, pair)).toEqual(['active']);
    await setClock(hospital.platform.database, new Date('2026-11-23T18:30:01Z'));
    expect(await patients.linked(hospital.ctx, pair)).toEqual(['none']);
    expect((await patients.get(hospital.ctx, id))!.byProxy).toBe(false);
    await turn('patients.majority');
    expect((await patients.get(hospital.ctx, id))!).toMatchObject({ byProxy: false, minor: false });
    expect(await patients.addressesOf(hospital.ctx, id)).not.toMatchObject([{ id: proxys!.id }]);
  });

  it('is the same until somebody has looked, when the hospital changes on the eve of a birthday', async () => {
    const { id } = await child('c23', { birthDate: '2008-11-24' });
    const look = hospital.platform.app.get(Listeners, { strict: false }).all().get('patients.lookAtAges@1')!;
    await look(hospital.ctx, [hospital.ctx.organizationId]);
    expect((await patients.get(hospital.ctx, id))!.byProxy).toBe(true);
    for (let more = 1; more > 0;) more = await turn('patients.majority');
    expect((await patients.get(hospital.ctx, id))!.byProxy).toBe(true);
    await setClock(hospital.platform.database, new Date('2026-11-23T18:30:01Z'));
    expect((await patients.get(hospital.ctx, id))!.byProxy).toBe(false);
  });

  it('is nobody from the confidential age on, and again once the hospital takes that back', async () => {
    const { id } = await child('c9', { birthDate: '2011-06-01' });
    const { ehr, platform } = hospital;
    const organizations = platform.app.get(OrganizationsFacade, { strict: false });
    const look = platform.app.get(Listeners, { strict: false }).all().get('patients.lookAtAges@1')!;
    const say = async (ages: object) => {
      await organizations.applySetup({
        organizations: [{ ...organizationOf('st-marys', ehr.url, {}), ...ages }],
      });
      await look(hospital.ctx, [hospital.ctx.organizationId]);
      for (let more = 1; more > 0;) more = await turn('patients.majority');
      const { minor, byProxy } = (await patients.get(hospital.ctx, id))!;
      return { minor, byProxy };
    };
    expect(await say({ confidentialFrom: 14 })).toEqual({ minor: true, byProxy: false });
    expect(await say({ majorityAge: 15 })).toEqual({ minor: false, byProxy: false });
    expect(await say({})).toEqual({ minor: true, byProxy: true });
    // In another zone midnight is another instant.
    expect(await checkedAt(id)).toEqual(new Date('2026-11-23T18:30:00Z'));
    await say({ timeZone: 'Europe/London' });
    expect(await checkedAt(id)).toEqual(new Date('2026-11-24T00:00:00Z'));
    await say({});
    expect(
      organizations.checkSetup({
        organizations: [
          { ...organizationOf('st-marys', ehr.url, {}), majorityAge: 16, confidentialFrom: 17 },
        ],
      }),
    ).toEqual(['organizations[0].confidentialFrom must not be above majorityAge.']);
  });

  it('case 32: a death under either record is the person’s, as long as they are joined', async () => {
    const one = await child('c24', { birthDate: '1970-01-01' });
    const two = await child('c25', { birthDate: '1970-01-01' });
    const link = [{ type: 'replaced-by' as const, other: { reference: 'Patient/c25' } }];
    const write = async (change: object) => {
      await hospital.ehr.merge('st-marys', 'Patient', 'c24', change);
      await hospital.fhir.read(hospital.ctx, hospital.connectionId, 'Patient/c24');
      return (await patients.get(hospital.ctx, two.id))!.deceased;
    };
    expect(await write({ link })).toBe(false);
    expect(await write({ deceasedBoolean: true })).toBe(true);
    expect(await patients.known(hospital.ctx, hospital.connectionId, 'Patient/c24')).toMatchObject({
      id: two.id,
      deceased: true,
    });
    expect(await write({ link: null })).toBe(false);
    expect(await patients.get(hospital.ctx, one.id)).toMatchObject({ deceased: true });
  });

  it('case 32: is told to whoever has something waiting, in the transaction that stores the death', async () => {
    const { id } = await child('c10', { birthDate: '1970-01-01' });
    const told: string[] = [];
    let fails = true;
    patients.registerEnd(async (_, ids) => {
      told.push(...ids);
      if (fails) throw new Error('cannot end it');
    });
    const dies = () => hospital.ehr.merge('st-marys', 'Patient', 'c10', { deceasedDateTime: '2026' });
    await dies();
    const read = () => hospital.fhir.read(hospital.ctx, hospital.connectionId, 'Patient/c10');
    await expect(read()).rejects.toThrow('cannot end it');
    expect(await patients.get(hospital.ctx, id)).toMatchObject({ deceased: false });
    fails = false;
    await read();
    expect(await patients.get(hospital.ctx, id)).toMatchObject({ deceased: true });
    expect(told).toEqual([id, id]);
  });
});
