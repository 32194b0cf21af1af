import request from 'supertest';
import { ConsentFacade, ConsentModule, type NewConsent } from '../../../../src/exchange/consent/index.js';
import { VaultFacade, VaultModule } from '../../../../src/foundation/vault/index.js';
import { Fence, fenceKey } from '../../../../src/platform/database/fence.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import { newId, publicId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { CareWorld } from '../../../support/fakes/care-world.fake.js';
import type { FakePatients } from '../../../support/fakes/patients.fake.js';

describe('consent', () => {
  let world: CareWorld;
  let consents: ConsentFacade;
  let patients: FakePatients;

  beforeAll(async () => {
    world = await CareWorld.start([ConsentModule, VaultModule], ['fhir', 'patients']);
    consents = world.get(ConsentFacade);
    patients = world.fakes.patients;
  });

  afterAll(() => world.close());

  const agree = async (fhirId: string, more: Partial<NewConsent> = {}): ReturnType<ConsentFacade['grant']> =>
    consents.grant(world.ctx, {
      patient: `Patient/${fhirId}`,
      ehrConnection: 'main',
      purposes: ['appointment-reminders'],
      method: 'paper',
      wordingVersion: '1',
      evidence: { note: 'Signed at the desk', documentReference: 'DocumentReference/7' },
      recordedAt: await world.now(),
      ...more,
    });

  const ask = (
    patientId: Uuid | null,
    addressId: Uuid,
    purpose: 'appointment-reminders' | 'surveys' = 'appointment-reminders',
  ) => consents.mayMessage(world.ctx, { patientId, addressId, purpose });

  describe('a patient who agrees', () => {
    it('may be written to for that purpose, on every present address, and for nothing else', async () => {
      const [home, work, other] = [newId(), newId(), newId()];
      const { id, fhirId } = patients.admit([home, work]);

      const granted = await agree(fhirId);

      expect(granted).toHaveLength(2);
      const first = granted.find(({ addressId }) => addressId === home)!;
      expect(await ask(id, home)).toEqual({ allowed: true, consentId: first.id, consentVersion: 1 });
      expect(await ask(id, work)).toMatchObject({ allowed: true });
      expect(await ask(id, other)).toEqual({ allowed: false, reason: 'no-consent' });
      expect(await ask(id, home, 'surveys')).toEqual({ allowed: false, reason: 'no-consent' });
    });

    it('leaves an audit event that names purposes and method, and no evidence in the clear', async () => {
      const { id, fhirId } = patients.admit();

      const [consent] = await agree(fhirId, { otherChannel: 'letters please' });

      const events = await world.audited('consent.granted');
      expect(events.at(-1)).toMatchObject({
        patient: id,
        detail: { purposes: 'appointment-reminders', method: 'paper' },
      });
      const [row] = await world.rows<{ evidence_sealed: Buffer; other_channel_sealed: Buffer }>(
        'select * from consent.change where consent_id = $1',
        [consent!.id],
      );
      expect(row!.evidence_sealed.toString('latin1')).not.toContain('Signed');
      expect(row!.other_channel_sealed.toString('latin1')).not.toContain('letters');
    });

    it('again gets a new version, and the history keeps every one', async () => {
      const { id, fhirId } = patients.admit();
      const [consent] = await agree(fhirId);
      await consents.withdraw(world.ctx, {
        consentId: consent!.id,
        method: 'verbal',
        evidence: { note: 'By phone' },
      });
      await agree(fhirId, { method: 'web' });

      expect(await ask(id, consent!.addressId)).toEqual({
        allowed: true,
        consentId: consent!.id,
        consentVersion: 3,
      });
      const { body } = await request(world.app.getHttpServer()).get(
        `/v1/consents/${publicId('cns', consent!.id)}`,
      );
      expect(
        body.history.map(({ version, status, method }: Record<string, unknown>) => [version, status, method]),
      ).toEqual([
        [1, 'active', 'paper'],
        [2, 'inactive', 'verbal'],
        [3, 'active', 'web'],
      ]);
      expect(body.history[0].evidence).toMatchObject({
        note: 'Signed at the desk',
        document_reference: 'DocumentReference/7',
      });
      expect(body.history[1].evidence).toMatchObject({ note: 'By phone' });
    });
  });

  describe('a patient who cannot be written to', () => {
    it.each([
      ['has died', { deceased: true }, 'deceased'],
      ['is out of use in the EHR', { active: false }, 'inactive'],
    ])('because the record %s is refused, whatever was agreed', async (_why, facts, reason) => {
      const { id, fhirId } = patients.admit();
      const [consent] = await agree(fhirId);

      patients.change(id, facts);

      expect(await ask(id, consent!.addressId)).toEqual({ allowed: false, reason });
    });

    it('because the number is no longer theirs is refused, and what others agreed to on it still counts', async () => {
      const number = newId();
      const [before, after] = [patients.admit([number]), patients.admit([number])];
      await agree(before.fhirId);
      await agree(after.fhirId);

      patients.drop(before.id, number);

      expect(await ask(before.id, number)).toEqual({ allowed: false, reason: 'not-linked' });
      expect(await ask(after.id, number)).toMatchObject({ allowed: true });
      expect(await ask(null, number)).toMatchObject({ allowed: true });
    });

    it('because nobody knows the patient is refused', async () => {
      expect(await ask(newId(), newId())).toEqual({ allowed: false, reason: 'no-consent' });
    });
  });

  describe('an address whose reader is not known', () => {
    it('needs the consent of everybody on it', async () => {
      const shared = newId();
      const [mother, child] = [patients.admit([shared]), patients.admit([shared])];
      await agree(mother.fhirId);
      expect(await ask(null, shared)).toEqual({ allowed: false, reason: 'no-consent' });

      await agree(child.fhirId);

      expect(await ask(null, shared)).toMatchObject({ allowed: true });
    });

    it('is asked about beside others in one batch, and each answer stands at its place', async () => {
      const { id, fhirId } = patients.admit();
      const [consent] = await agree(fhirId);
      const requests = [
        { patientId: null, addressId: newId(), purpose: 'surveys' as const },
        { patientId: id, addressId: consent!.addressId, purpose: 'appointment-reminders' as const },
        { patientId: id, addressId: consent!.addressId, purpose: 'education' as const },
      ];

      const answers = await consents.decide(world.ctx, requests);

      expect(answers.map(({ allowed }) => allowed)).toEqual([false, true, false]);
    });
  });

  describe('an opt-out', () => {
    it('ends every purpose of everybody on the address, once', async () => {
      const shared = newId();
      const [mother, child] = [patients.admit([shared]), patients.admit([shared])];
      await agree(mother.fhirId, { purposes: ['appointment-reminders', 'surveys'] });
      await agree(child.fhirId);

      const first = await consents.withdraw(world.ctx, { addressId: shared, method: 'whatsapp' });
      const second = await consents.withdraw(world.ctx, { addressId: shared, method: 'whatsapp' });

      expect(first.withdrawn).toHaveLength(3);
      expect(first.withdrawalId).not.toBeNull();
      expect(second).toEqual({ withdrawn: [], withdrawalId: null });
      for (const { id } of [mother, child]) {
        expect(await ask(id, shared)).toEqual({ allowed: false, reason: 'withdrawn' });
      }
      const told = (await world.audited('consent.withdrawn')).map(({ patient }) => patient);
      expect(told).toEqual(expect.arrayContaining([mother.id, child.id]));
    });

    it('of somebody who never agreed is kept and confirmed once, and an older form does not undo it', async () => {
      const address = newId();
      const { id, fhirId } = patients.admit([address]);
      const before = new Date((await world.now()).getTime() - 3_600_000);

      const first = await consents.withdraw(world.ctx, { addressId: address, method: 'whatsapp' });
      const second = await consents.withdraw(world.ctx, { addressId: address, method: 'whatsapp' });

      expect(first).toEqual({ withdrawn: [], withdrawalId: expect.any(String) });
      expect(second.withdrawalId).toBeNull();
      await expect(agree(fhirId, { recordedAt: before })).rejects.toMatchObject({
        code: 'consent.before-withdrawal',
      });
      expect(await ask(id, address)).toEqual({ allowed: false, reason: 'no-consent' });
    });

    it('also succeeds for a patient whose key was destroyed', async () => {
      const { id, fhirId } = patients.admit();
      const [consent] = await agree(fhirId);
      await world.get(VaultFacade).shred(world.ctx, { kind: 'patient', id });

      const { withdrawn } = await consents.withdraw(world.ctx, {
        addressId: consent!.addressId,
        method: 'whatsapp',
        evidence: { note: 'STOP' },
      });

      expect(withdrawn).toEqual([consent!.id]);
    });

    it('also succeeds where its evidence can no longer be kept, and says so', async () => {
      const { fhirId } = patients.admit();
      const [consent] = await agree(fhirId);
      const { addressId } = consent!;
      await world.get(VaultFacade).shred(world.ctx, { kind: 'contact', id: addressId });

      const { withdrawn } = await consents.withdraw(world.ctx, {
        addressId,
        method: 'whatsapp',
        evidence: { note: 'STOP' },
      });

      expect(withdrawn).toEqual([consent!.id]);
      expect((await world.audited('consent.withdrawn')).at(-1)).toMatchObject({
        detail: { evidence_fault: 'vault.key-destroyed' },
      });
    });

    it('said in one message is one, and does not end what the patient agreed to after it', async () => {
      const { id, fhirId } = patients.admit();
      const [consent] = await agree(fhirId);
      const { addressId } = consent!;
      const said = { addressId, saidIn: newId(), method: 'whatsapp' } as const;
      const first = await consents.withdraw(world.ctx, said);
      await agree(fhirId);

      const again = await consents.withdraw(world.ctx, said);

      expect(first).toEqual({ withdrawn: [consent!.id], withdrawalId: said.saidIn });
      expect(again).toEqual({ withdrawn: [], withdrawalId: said.saidIn });
      expect(await ask(id, addressId)).toMatchObject({ allowed: true });
    });

    it('waits for the sends under way to its address, and a send that comes later sees it', async () => {
      const { id, fhirId } = patients.admit();
      const [consent] = await agree(fhirId);
      const { addressId } = consent!;
      const key = fenceKey(world.ctx.organizationId, 'address', addressId);
      const passage = await world.get(Fence).pass([key]);
      expect(passage.holds([key])).toBe(true);
      let over = false;

      const optOut = consents
        .withdraw(world.ctx, { addressId, method: 'whatsapp' })
        .then(() => (over = true));
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(over).toBe(false);
      expect(await ask(id, addressId)).toMatchObject({ allowed: true });
      await passage.end();
      await optOut;

      expect(await ask(id, addressId)).toEqual({ allowed: false, reason: 'withdrawn' });
    });

    it('that is rolled back never was', async () => {
      const { id, fhirId } = patients.admit();
      const [consent] = await agree(fhirId);
      const failing = world.get(Transactions).run(world.ctx, async (tx) => {
        await consents.withdraw(tx, { addressId: consent!.addressId, method: 'whatsapp' });
        throw new Error('rolled back');
      });

      await expect(failing).rejects.toThrow('rolled back');

      expect(await ask(id, consent!.addressId)).toMatchObject({ allowed: true });
    });
  });

  describe('what cannot be a consent', () => {
    it.each([
      ['an unknown purpose', { purposes: ['marketing'] }, 'consent.unknown-purpose'],
      ['no purpose', { purposes: [] }, 'consent.no-purpose'],
      ['an unknown wording', { wordingVersion: '99' }, 'consent.unknown-wording'],
      ['an unknown connection', { ehrConnection: 'other' }, 'consent.unknown-connection'],
      ['an unknown patient', { patient: 'Patient/nobody' }, 'consent.unknown-patient'],
      ['a time in the future', { recordedAt: new Date('2126-01-01T00:00:00Z') }, 'consent.in-future'],
    ])('%s', async (_what, wrong, code) => {
      const { fhirId } = patients.admit();
      await expect(agree(fhirId, wrong)).rejects.toMatchObject({ code, kind: 'unprocessable' });
    });

    it.each([
      ['of somebody who has died', { deceased: true }, 'consent.patient-deceased'],
      ['of a record out of use', { active: false }, 'consent.patient-inactive'],
    ])('one %s', async (_who, facts, code) => {
      const { fhirId } = patients.admit([newId()], facts);
      await expect(agree(fhirId)).rejects.toMatchObject({ code, kind: 'unprocessable' });
    });

    it('one of somebody without a usable number', async () => {
      const { fhirId } = patients.admit([]);
      await expect(agree(fhirId)).rejects.toMatchObject({ code: 'consent.no-address' });
    });
  });

  describe('over HTTP', () => {
    const http = () => request(world.app.getHttpServer());
    const body = (fhirId: string, more: object = {}) => ({
      patient: `Patient/${fhirId}`,
      ehr_connection: publicId('ehr', world.fakes.fhir.connectionId),
      purposes: ['appointment-reminders', 'care-conversation'],
      method: 'verbal',
      wording_version: '1',
      evidence: { note: 'Told at the desk' },
      recorded_at: '2026-02-01T10:00:00+05:30',
      other_channel: 'phone',
      ...more,
    });

    it('is granted, listed, shown and withdrawn', async () => {
      const { id, fhirId } = patients.admit();
      const pat = publicId('pat', id);

      const granted = await http().post('/v1/consents').send(body(fhirId)).expect(201);
      expect(granted.body.data.map(({ purpose }: { purpose: string }) => purpose).sort()).toEqual([
        'appointment-reminders',
        'care-conversation',
      ]);
      const [first] = granted.body.data;
      await http().post(`/v1/consents/${first.id}/withdraw`).send({ method: 'verbal' }).expect(200);

      const active = await http().get(`/v1/consents?status=active&patient=${pat}`).expect(200);
      expect(active.body.data).toHaveLength(1);
      const shown = await http().get(`/v1/consents/${first.id}`).expect(200);
      expect(shown.headers['etag']).toBe('"2"');
      expect(shown.body).toMatchObject({
        status: 'inactive',
        patient: pat,
        other_channel: 'phone',
        version: 2,
      });
      expect((await world.audited('consent.read')).length).toBeGreaterThan(0);
    });

    it.each([
      ['a time without offset', { recorded_at: '2026-02-01T10:00:00' }, 400, 'validation.failed'],
      ['a method of another kind', { method: 'telepathy' }, 400, 'validation.failed'],
      ['a patient that is no reference', { patient: '12' }, 400, 'validation.failed'],
      ['purposes that are no list', { purposes: 'surveys' }, 400, 'validation.failed'],
      ['an unknown field', { extra: 1 }, 400, 'validation.failed'],
      ['an unknown wording', { wording_version: '99' }, 422, 'consent.unknown-wording'],
    ])('%s is refused', async (_what, wrong, status, code) => {
      const { fhirId } = patients.admit();
      const answer = await http().post('/v1/consents').send(body(fhirId, wrong)).expect(status);
      expect(answer.body.code).toBe(code);
    });

    it('shows the wordings in seven languages with the name of the hospital', async () => {
      const { body: shown } = await http().get('/v1/consents/wordings').expect(200);
      expect(shown.data).toHaveLength(7);
      expect(
        shown.data.every(({ agreement }: { agreement: string }) => agreement.includes("St Mary's Hospital")),
      ).toBe(true);
    });

    it('knows nothing of what the other hospital holds', async () => {
      const { fhirId } = patients.admit();
      const [consent] = await consents.grant(world.hospitals[1], {
        patient: `Patient/${fhirId}`,
        ehrConnection: 'main',
        purposes: ['surveys'],
        method: 'paper',
        wordingVersion: '1',
        evidence: {},
        recordedAt: await world.now(),
      });
      const path = `/v1/consents/${publicId('cns', consent!.id)}`;
      await http().get(path).expect(404);
      await http().post(`${path}/withdraw`).send({}).expect(404);
      await http().get('/v1/consents/cns_nonsense').expect(404);
    });
  });

  it('lets the product add to its history, but not change or remove it', async () => {
    const transactions = world.get(Transactions);
    const { sql } = await import('../../../../src/platform/database/transactions.js');
    for (const statement of [
      'update consent.change set actor = $$x$$',
      'delete from consent.withdrawal',
      'delete from consent.consent',
    ]) {
      const attempt = transactions.run(world.ctx, (tx) => sql(tx, statement));
      await expect(attempt).rejects.toMatchObject({ sqlState: '42501' });
    }
  });
});
