import type { Patient } from 'fhir/r4.js';
import { VaultFacade } from '../../../../src/foundation/vault/index.js';
import { PatientsFacade } from '../../../../src/exchange/patients/index.js';
import { AddressChanged, PatientLinked } from '../../../../src/exchange/patients/events.js';
import { Loops } from '../../../../src/platform/jobs/loops.js';
import { Listeners } from '../../../../src/platform/jobs/listeners.js';
import { setClock } from '../fhir/database.js';
import { BEGIN, type Hospital, openHospital } from '../fhir/hospital.js';

const MOBILE = '+12125550142';
const OTHER = '+12125550143';

/** What tells who somebody is. */
function identifying({ name = [], telecom = [], birthDate = '' }: Patient): string[] {
  const names = name.flatMap(({ family = '', given = [] }) => [family, ...given]);
  return [birthDate, ...names, ...telecom.map(({ value = '' }) => value)];
}

describe('patients of the EHR', () => {
  let hospital: Hospital;
  let patients: PatientsFacade;
  let fhirIds: string[];

  beforeAll(async () => {
    hospital = await openHospital('st-marys');
    patients = hospital.platform.app.get(PatientsFacade, { strict: false });
    const listeners = hospital.platform.app.get(Listeners, { strict: false });
    listeners.on(PatientLinked, 'test.linked@1', async () => undefined);
    listeners.on(AddressChanged, 'test.addresses@1', async () => undefined);
    await hospital.sync();
    const rows = await hospital.rows<{ fhir_id: string }>(
      'select fhir_id from patients.patient order by fhir_id',
    );
    fhirIds = rows.map(({ fhir_id }) => fhir_id);
  });
  afterAll(() => hospital.close());

  /** Staff write this into the record of the n-th patient, and a sync brings it. */
  async function write(n: number, change: Partial<Patient>) {
    const fhirId = fhirIds[n]!;
    await hospital.ehr.merge('st-marys', 'Patient', fhirId, change);
    await hospital.sync();
    return (await patients.known(hospital.ctx, hospital.connectionId, `Patient/${fhirId}`))!;
  }
  const phone = (value: string, more: object = {}) => ({
    system: 'phone' as const,
    value,
    use: 'mobile' as const,
    ...more,
  });
  const recipientsOf = async (id: string) => {
    const addresses = await patients.addressesOf(hospital.ctx, id);
    return Promise.all(addresses.map((address) => patients.recipientOf(hospital.ctx, address.id)));
  };
  const eventsOf = async (task: string) =>
    (
      await hospital.rows<{ ids: string[] }>(
        `select array(select jsonb_array_elements_text((j.payload->'ids')::jsonb)) as ids
         from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
        where t.identifier = '${task}'`,
      )
    ).flatMap(({ ids }) => ids);

  it('come with the visits that need them, sealed', async () => {
    const stored = JSON.stringify(await hospital.rows('select * from patients.patient, patients.address'));
    const inEhr = await hospital.ehr.all<Patient>('st-marys', 'Patient');
    expect(fhirIds.length).toBeGreaterThan(40);
    const words = inEhr.flatMap(identifying).filter((word) => word.length > 4);
    expect(words.filter((word) => stored.includes(word))).toEqual([]);
  });

  it('are as the EHR says, by name, language and number', async () => {
    const patient = await write(0, {
      name: [{ use: 'official', given: ['Asha'], family: 'Nair' }],
      communication: [{ language: { coding: [{ code: 'ml' }] }, preferred: true }],
      telecom: [phone(OTHER, { use: 'home' }), phone(MOBILE)],
      birthDate: '1970-01-01',
    });
    expect(patient).toMatchObject({ language: 'ml', deceased: false, active: true, minor: false });
    const names = await patients.namesOf(hospital.ctx, [patient.id]);
    expect(names.get(patient.id)).toEqual({ given: 'Asha', text: 'Asha Nair' });
    expect(await recipientsOf(patient.id)).toEqual([{ to: '12125550142' }, { to: '12125550143' }]);
    expect(await eventsOf('test.linked@1')).toContain(patient.id);
    expect(await eventsOf('test.addresses@1')).toContain(patient.id);
  });

  it('keep their id, and lose an address that the EHR no longer lists', async () => {
    const before = await write(1, { telecom: [phone('+12125550150'), phone('+12125550151')] });
    const pairs = (await patients.addressesOf(hospital.ctx, before.id)).map(({ id: addressId }) => ({
      patientId: before.id,
      addressId,
    }));
    expect(await patients.linked(hospital.ctx, pairs)).toEqual(['active', 'active']);
    const after = await write(1, { telecom: [phone('+12125550151'), phone('+12125550150', { use: 'old' })] });
    expect(after.id).toBe(before.id);
    expect(await recipientsOf(after.id)).toEqual([{ to: '12125550151' }]);
    expect(await patients.linked(hospital.ctx, pairs)).toEqual(['none', 'active']);
  });

  it('may share a phone', async () => {
    const one = await write(2, { telecom: [phone('+12125550160')] });
    const two = await write(3, { telecom: [phone('+1 (212) 555-0160'), phone('tel:+1-212-555-0160')] });
    const [address] = await patients.addressesOf(hospital.ctx, one.id);
    expect(await patients.addressesOf(hospital.ctx, two.id)).toEqual([address]);
    const sharing = await patients.byAddress(hospital.ctx, address!.id);
    expect(sharing.map(({ id }) => id).sort()).toEqual([one.id, two.id].sort());
  });

  it.each([
    ['number-with-words', [phone('2125550142 (wife)')]],
    ['number-not-current', [phone(MOBILE, { use: 'old' })]],
    ['number-invalid', [phone('12')]],
    ['no-number', []],
  ])('that cannot be reached say why: %s', async (fault, telecom) => {
    const patient = await write(4, { telecom });
    expect(await patients.addressesOf(hospital.ctx, patient.id)).toEqual([]);
    const rows = await hospital.rows(`select contact_fault from patients.patient where id = '${patient.id}'`);
    expect(rows).toEqual([{ contact_fault: fault }]);
  });

  it('who have died or are inactive are known as such', async () => {
    expect(await write(5, { deceasedDateTime: '2026-11' })).toMatchObject({ deceased: true });
    expect(await write(6, { active: false })).toMatchObject({ active: false });
  });

  it('lose a number with the last day of its period, and get one with the first', async () => {
    const patient = await write(11, {
      telecom: [
        phone('+12125550180', { period: { end: '2026-11-23' } }),
        phone('+12125550181', { period: { start: '2026-11-24' } }),
      ],
    });
    expect(await recipientsOf(patient.id)).toEqual([{ to: '12125550180' }]);
    // Midnight where the hospital is.
    await setClock(hospital.platform.database, new Date('2026-11-23T18:30:01Z'));
    expect(await recipientsOf(patient.id)).toEqual([{ to: '12125550181' }]);
    await setClock(hospital.platform.database, BEGIN);
  });

  it('share a number in doubt until somebody has confirmed it; a child’s record makes nobody doubt', async () => {
    const [one, two, child] = [
      await write(12, { telecom: [phone('+12125550185')], birthDate: '1970-01-01' }),
      await write(13, { telecom: [phone('+12125550186')], birthDate: '1970-01-01' }),
      await write(14, { telecom: [phone('+12125550185')], birthDate: '2020-01-01' }),
    ];
    const confirmed = async (id: string) =>
      (await patients.addressesOf(hospital.ctx, id)).map((address) => address.confirmed);
    expect(await confirmed(one.id)).toEqual([true]);
    expect(child.byProxy).toBe(true);

    await write(13, { telecom: [phone('+12125550185')] });
    expect([await confirmed(one.id), await confirmed(two.id)]).toEqual([[false], [false]]);
    const addressId = (await patients.addressesOf(hospital.ctx, one.id))[0]!.id;
    expect(await patients.linked(hospital.ctx, [{ patientId: one.id, addressId }])).toEqual(['unconfirmed']);

    await patients.confirm(hospital.ctx, one.id, [addressId]);
    expect([await confirmed(one.id), await confirmed(two.id)]).toEqual([[true], [false]]);
    await patients.askWhose(hospital.ctx, two.id);
    const item = () =>
      hospital.rows(`select state, resolution from worklist.work_item where key = 'number-shared:${two.id}'`);
    expect(await item()).toEqual([{ state: 'open', resolution: null }]);
    await write(12, { telecom: [] });
    expect(await confirmed(two.id)).toEqual([true]);
    expect(await item()).toEqual([{ state: 'resolved', resolution: 'mended-in-ehr' }]);
  });

  it('share a number with nobody when it is their own under two records', async () => {
    const one = await write(20, { telecom: [phone('+12125550187')], birthDate: '1970-01-01' });
    const two = await write(21, { telecom: [phone('+12125550187')], birthDate: '1970-01-01' });
    const confirmed = async () =>
      (await patients.addressesOf(hospital.ctx, two.id)).map((address) => address.confirmed);
    expect(await confirmed()).toEqual([false]);
    const link = [{ type: 'replaced-by' as const, other: { reference: `Patient/${two.fhirId}` } }];
    expect(await write(20, { link })).toMatchObject({ id: two.id });
    expect(await confirmed()).toEqual([true]);
    expect(await write(20, { link: null as never })).toMatchObject({ id: one.id });
    expect(await confirmed()).toEqual([false]);
  });

  it('come of age at midnight where the hospital is', async () => {
    const patient = await write(7, { birthDate: '2008-11-24' });
    expect(patient.minor).toBe(true);
    const look = async (at: string) => {
      await setClock(hospital.platform.database, new Date(at));
      const loop = hospital.platform.app.get(Loops, { strict: false }) as unknown as {
        entries: Map<string, { claim(ctx: unknown): Promise<number> }>;
      };
      await loop.entries.get('patients.majority')!.claim(hospital.ctx);
      return (await patients.get(hospital.ctx, patient.id))!.minor;
    };
    expect(await look('2026-11-23T18:29:00Z')).toBe(true);
    expect(await look('2026-11-23T18:31:00Z')).toBe(false);
    await setClock(hospital.platform.database, BEGIN);
  });

  it('who were never seen are read when they are asked for', async () => {
    const stranger: Patient = {
      resourceType: 'Patient',
      id: 'stranger',
      name: [{ text: 'Meera' }],
      telecom: [phone('+12125550170')],
    };
    await hospital.ehr.put('st-marys', stranger);
    const { ctx, connectionId } = hospital;
    expect(await patients.known(ctx, connectionId, 'Patient/stranger')).toBeNull();
    const found = await patients.byReference(ctx, connectionId, 'Patient/stranger');
    expect(found).toMatchObject({ fhirId: 'stranger', active: true });
    expect(await patients.known(ctx, connectionId, 'Patient/stranger')).toEqual(found);
    expect(await patients.byReference(ctx, connectionId, 'Patient/nobody')).toBeNull();
    expect(await patients.byReference(ctx, connectionId, 'Practitioner/1')).toBeNull();
  });

  it('whose key is destroyed stay erased, and do not hold up the others', async () => {
    const { id } = await write(8, { name: [{ text: 'Gone' }] });
    const vault = hospital.platform.app.get(VaultFacade, { strict: false });
    await vault.shred(hospital.ctx, { kind: 'patient', id });
    expect(await patients.namesOf(hospital.ctx, [id])).toEqual(new Map());
    await hospital.ehr.merge('st-marys', 'Patient', fhirIds[8]!, { name: [{ text: 'Back' }] });
    const other = await write(9, { name: [{ text: 'Here' }] });
    expect(await patients.namesOf(hospital.ctx, [id, other.id])).toEqual(
      new Map([[other.id, { given: 'Here', text: 'Here' }]]),
    );
  });

  describe('and who writes to us', () => {
    it('is found by number, in each way that it can be written', async () => {
      const patient = await write(10, { telecom: [phone('+61491570156')] });
      const address = await patients.addressFor(hospital.ctx, { waId: '61491570156' });
      expect(await patients.addressesOf(hospital.ctx, patient.id)).toMatchObject([address]);
      expect(address.kind).toBe('phone');
    });

    it('is made known when new, once, also when many messages come at once', async () => {
      const many = await Promise.all(
        Array.from({ length: 8 }, () => patients.addressFor(hospital.ctx, { waId: '19075550157' })),
      );
      expect(new Set(many.map(({ id }) => id)).size).toBe(1);
      expect(await patients.byAddress(hospital.ctx, many[0]!.id)).toEqual([]);
    });

    it('is the same by user id after the number was once seen with it', async () => {
      const both = await patients.addressFor(hospital.ctx, { waId: '19075550158', userId: 'AU.1234567890' });
      await expect(patients.addressFor(hospital.ctx, { userId: 'AU.1234567890' })).resolves.toEqual(both);
      await expect(patients.addressFor(hospital.ctx, { waId: '19075550158' })).resolves.toEqual(both);
    });

    // libphonenumber's own examples: these plans have no range for fiction.
    it.each([
      ['Mexico', '+52 222 123 4567', '522221234567', '5212221234567'],
      ['Argentina', '011 15 2345 6789', '5491123456789', '541123456789'],
      ['Brazil', '+55 11 96123-4567', '5511961234567', '551161234567'],
    ])(
      'is found in either way that %s writes a mobile, and answered in WhatsApp’s own',
      async (_, ...forms) => {
        const [typed, e164, other] = forms as [string, string, string];
        const number = typed.startsWith('+') ? typed : `+54 9 11 2345 6789`;
        const patient = await write(15, { telecom: [phone(number)] });
        expect(await recipientsOf(patient.id)).toEqual([{ to: e164 }]);
        expect(patients.candidates(other)).toEqual([e164, other]);

        for (const waId of [other, e164, other]) {
          const [one, many] = [
            await patients.addressFor(hospital.ctx, { waId }),
            await patients.addressesFor(hospital.ctx, [{ waId }, { waId, userId: `XX.${e164}` }]),
          ];
          expect(await patients.addressesOf(hospital.ctx, patient.id)).toMatchObject([one]);
          expect(many).toEqual([one, one]);
          expect(await recipientsOf(patient.id)).toEqual([{ to: waId }]);
        }
        const stored = JSON.stringify(await hospital.rows('select * from patients.address'));
        expect(stored).not.toContain(e164);
        expect(stored).not.toContain(other);
      },
    );

    it('is kept by E.164 and by WhatsApp’s own id, when new', async () => {
      const [address] = await patients.addressesFor(hospital.ctx, [{ waId: '5215512345678' }]);
      expect(await patients.recipientOf(hospital.ctx, address!.id)).toEqual({ to: '5215512345678' });
      await expect(patients.addressFor(hospital.ctx, { waId: '525512345678' })).resolves.toEqual(address);
      expect(await patients.recipientOf(hospital.ctx, address!.id)).toEqual({ to: '525512345678' });
    });

    it('by user id alone can be answered by it, and by number once that is known', async () => {
      const hidden = await patients.addressFor(hospital.ctx, { userId: 'AU.5550001' });
      expect(hidden.kind).toBe('user-id');
      expect(await patients.recipientOf(hospital.ctx, hidden.id)).toEqual({ recipient: 'AU.5550001' });
      const shown = await patients.addressFor(hospital.ctx, { waId: '19075550159', userId: 'AU.5550001' });
      expect(shown).toEqual({ id: hidden.id, kind: 'phone' });
      expect(await patients.recipientOf(hospital.ctx, hidden.id)).toEqual({ to: '19075550159' });
    });

    it('with a new number is another address: consent does not follow', async () => {
      const before = await patients.addressFor(hospital.ctx, { waId: '19075550110', userId: 'AU.777' });
      const after = await patients.addressFor(hospital.ctx, { waId: '19075550106', userId: 'AU.777' });
      expect(after.id).not.toBe(before.id);
    });

    it('without any readable identity is refused', async () => {
      await expect(async () => patients.addressFor(hospital.ctx, {})).rejects.toMatchObject({
        code: 'patients.no-identity',
      });
      await expect(async () => patients.addressFor(hospital.ctx, { waId: 'x' })).rejects.toMatchObject({
        code: 'patients.no-identity',
      });
    });

    it('cannot be reached once erased', async () => {
      const address = await patients.addressFor(hospital.ctx, { userId: 'AU.888' });
      const vault = hospital.platform.app.get(VaultFacade, { strict: false });
      await vault.shred(hospital.ctx, { kind: 'contact', id: address.id });
      expect(await patients.recipientOf(hospital.ctx, address.id)).toBeNull();
    });
  });

  it('of one hospital are nobody to another', async () => {
    const elsewhere = { ...hospital.ctx, organizationId: '00000000-0000-7000-8000-000000000001' };
    const [row] = await hospital.rows<{ id: string }>('select id from patients.patient limit 1');
    expect(await patients.get(elsewhere, row!.id)).toBeNull();
  });
});
