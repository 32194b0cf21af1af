import type { Consent } from 'fhir/r4.js';
import { ConsentFacade, ConsentModule } from '../../../../src/exchange/consent/index.js';
import { VaultModule } from '../../../../src/foundation/vault/index.js';
import { Fence, fenceKey } from '../../../../src/platform/database/fence.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import type { Patient } from '../../../../src/exchange/patients/index.js';
import { CareWorld } from '../../../support/fakes/care-world.fake.js';
import type { FakeFhir } from '../../../support/fakes/fhir.fake.js';
import type { FakePatients } from '../../../support/fakes/patients.fake.js';

describe('what the EHR says against messages', () => {
  let world: CareWorld;
  let consents: ConsentFacade;
  let patients: FakePatients;
  let fhir: FakeFhir;

  beforeAll(async () => {
    world = await CareWorld.start([ConsentModule, VaultModule], ['fhir', 'patients']);
    consents = world.get(ConsentFacade);
    ({ patients, fhir } = world.fakes);
  });
  beforeEach(() => {
    Object.assign(fhir, { away: false, can: { reads: ['Consent', 'Patient'] }, flags: [] });
    fhir.resources.clear();
    fhir.searches.length = 0;
  });
  afterAll(() => world.close());

  const says = (patient: Patient, type: 'permit' | 'deny', more: Partial<Consent> = {}): void => {
    fhir.resources.set('Consent', [
      {
        resourceType: 'Consent',
        id: newId(),
        status: 'active',
        scope: { coding: [{ code: 'patient-privacy' }] },
        category: [{ text: 'Consent' }],
        patient: { reference: `Patient/${patient.fhirId}` },
        provision: { type },
        ...more,
      },
    ]);
  };
  const agrees = async (address = newId()) => {
    const patient = patients.admit([address]);
    return { patient, address, agree: () => grant(patient) };
  };
  const grant = async (patient: Patient): Promise<void> => {
    await consents.grant(world.ctx, {
      patient: `Patient/${patient.fhirId}`,
      ehrConnection: 'main',
      purposes: ['appointment-reminders', 'surveys'],
      method: 'paper',
      wordingVersion: '1',
      evidence: { note: 'Signed at the desk' },
      recordedAt: await world.now(),
    });
  };
  const ask = (patient: Patient, addressId: string, purpose: 'appointment-reminders' | 'surveys') =>
    consents.mayMessage(world.ctx, { patientId: patient.id, addressId, purpose });

  it('is asked when the patient first agrees, and a deny there wins over the consent here', async () => {
    const { patient, address, agree } = await agrees();
    says(patient, 'deny');
    await agree();
    await world.settle();
    expect(await ask(patient, address, 'appointment-reminders')).toEqual({
      allowed: false,
      reason: 'ehr-deny',
    });
    expect(await ask(patient, address, 'surveys')).toEqual({ allowed: false, reason: 'ehr-deny' });
    expect((await world.audited('consent.ehr-denies-changed')).at(-1)).toMatchObject({
      patient: patient.id,
      detail: { lifted: '' },
    });
  });

  it('holds for the purpose that it names, and for the address whose reader is not known', async () => {
    const { patient, address, agree } = await agrees();
    says(patient, 'deny', {
      provision: { type: 'deny', purpose: [{ system: 'urn:carethread:purpose', code: 'surveys' }] },
    });
    await agree();
    await world.settle();
    expect(await ask(patient, address, 'appointment-reminders')).toMatchObject({ allowed: true });
    expect(await ask(patient, address, 'surveys')).toEqual({ allowed: false, reason: 'ehr-deny' });
    const unknown = { patientId: null, addressId: address, purpose: 'surveys' } as const;
    expect(await consents.mayMessage(world.ctx, unknown)).toEqual({ allowed: false, reason: 'ehr-deny' });
  });

  it('never widens: a permit there is no consent here', async () => {
    const { patient, address } = await agrees();
    says(patient, 'permit');
    await consents.freshen(world.ctx, patient.id);
    expect(await ask(patient, address, 'surveys')).toEqual({ allowed: false, reason: 'no-consent' });
  });

  it('is asked again each day, and what is said no more is lifted', async () => {
    const { patient, address, agree } = await agrees();
    says(patient, 'deny');
    await agree();
    await world.settle();
    fhir.resources.clear();
    await world.wait('23 hours');
    expect(await ask(patient, address, 'surveys')).toMatchObject({ allowed: false });
    await world.wait('2 hours');
    expect(await ask(patient, address, 'surveys')).toMatchObject({ allowed: true });
  });

  it('is asked once a day before the first message, and not at all where the EHR has none', async () => {
    const { patient } = await agrees();
    await consents.freshen(world.ctx, patient.id);
    await consents.freshen(world.ctx, patient.id);
    expect(fhir.searches).toEqual(['Consent']);
    fhir.can = {};
    const other = await agrees();
    await consents.freshen(world.ctx, other.patient.id);
    expect(fhir.searches).toEqual(['Consent']);
  });

  it('is asked of every record of the person: a deny under one that was merged stops the survivor’s messages', async () => {
    const { patient: merged } = await agrees();
    const { patient: survivor, address, agree } = await agrees();
    await agree();
    await world.settle();
    says(merged, 'deny');
    patients.join(merged.id, survivor.id);
    await world.moveClock('25 hours');
    fhir.searches.length = 0;
    await consents.freshen(world.ctx, survivor.id);
    expect(fhir.searches).toEqual(['Consent', 'Consent']);
    expect(await ask(survivor, address, 'surveys')).toEqual({ allowed: false, reason: 'ehr-deny' });
  });

  it('stays as it was while the EHR is away, and the first message of the day waits', async () => {
    const { patient, address, agree } = await agrees();
    says(patient, 'deny');
    await agree();
    await world.settle();
    fhir.away = true;
    fhir.resources.clear();
    await world.wait('25 hours');
    await expect(consents.freshen(world.ctx, patient.id)).rejects.toMatchObject({ code: 'fhir.unavailable' });
    expect(await ask(patient, address, 'surveys')).toEqual({ allowed: false, reason: 'ehr-deny' });
  });

  it('is no other patient’s, whatever the EHR’s search shows', async () => {
    const { patient, address, agree } = await agrees();
    const stranger = patients.admit();
    says(stranger, 'deny', { sourceReference: { reference: `Patient/${patient.fhirId}` } });
    await agree();
    await world.settle();
    expect(await ask(patient, address, 'surveys')).toMatchObject({ allowed: true });
  });

  it('may be a mark on the Patient that the hospital names', async () => {
    const { patient, address, agree } = await agrees();
    fhir.flags = [{ on: 'label', url: 'urn:hospital:contact', value: 'NONE', purposes: [] }];
    fhir.resources.set('Patient', [
      {
        resourceType: 'Patient',
        id: patient.fhirId,
        meta: { security: [{ system: 'urn:hospital:contact', code: 'NONE' }] },
      },
    ]);
    await agree();
    await world.settle();
    expect(await ask(patient, address, 'surveys')).toEqual({ allowed: false, reason: 'ehr-deny' });
  });

  it('case 29: is lifted only where it was said: the Consent by the Consent, the mark by the Patient', async () => {
    const { patient, address, agree } = await agrees();
    const mark = { system: 'urn:hospital:contact', code: 'NONE' };
    const marked = (security: { system: string; code: string }[]) =>
      fhir.resources.set('Patient', [{ resourceType: 'Patient', id: patient.fhirId, meta: { security } }]);
    const look = async () => {
      await world.wait('25 hours');
      return (await ask(patient, address, 'surveys')).allowed;
    };
    fhir.flags = [{ on: 'label', url: mark.system, value: mark.code, purposes: [] }];
    marked([mark]);
    says(patient, 'deny');
    await agree();
    await world.settle();

    // The next grant holds no Consent, and the mark is gone.
    fhir.can = { reads: ['Patient'] };
    marked([]);
    expect(await look()).toBe(false);
    // Consent is back and says nothing any more; meanwhile the Patient is marked again and then cannot be read.
    marked([mark]);
    expect(await look()).toBe(false);
    fhir.can = { reads: ['Consent', 'Patient'] };
    fhir.resources.clear();
    expect(await look()).toBe(false);
    marked([]);
    expect(await look()).toBe(true);
  });

  it('closes the fence of the patient’s addresses before it counts, as an opt-out does', async () => {
    const { patient, address, agree } = await agrees();
    await agree();
    await world.settle();
    await world.moveClock('25 hours');
    says(patient, 'deny');
    const key = fenceKey(world.ctx.organizationId, 'address', address);
    const passage = await world.get(Fence).pass([key]);
    let counted = false;
    const checking = consents.freshen(world.ctx, patient.id).then(() => (counted = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(counted).toBe(false);
    await passage.end();
    await checking;
    expect(await ask(patient, address, 'surveys')).toEqual({ allowed: false, reason: 'ehr-deny' });
  });
});
