import type { Communication } from 'fhir/r4.js';
import { ConversationsFacade } from '../../../../src/care/conversations/index.js';
import { VaultFacade } from '../../../../src/foundation/vault/index.js';
import { newId, publicId, type Uuid } from '../../../../src/platform/ids/ids.js';
import type { CareWorld } from '../../../support/fakes/care-world.fake.js';
import type { FakePatients } from '../../../support/fakes/patients.fake.js';
import type { FakeFhir } from '../../../support/fakes/fhir.fake.js';
import { type Row, SummariesDesk } from './desk.js';

describe('summaries, once they are there', () => {
  const desk = new SummariesDesk();
  const {
    http,
    summaryPath,
    conversationPath,
    says,
    conversationOn,
    close,
    summaryOf,
    talk,
    copiesOf,
    work,
    open,
    stateOf,
  } = desk;
  let world: CareWorld;
  let patients: FakePatients;
  let fhir: FakeFhir;

  beforeAll(async () => {
    ({ world, patients, fhir } = await desk.start());
  });
  beforeEach(() => desk.reset());
  afterAll(() => desk.world.close());

  describe('that says something wrong', () => {
    const correct = async (id: Uuid, note: string, status = 201) =>
      (
        await http()
          .post(`${summaryPath(id)}/correct`)
          .send({ note })
          .expect(status)
      ).body;
    const retract = async (id: Uuid, reason: string, status = 202) =>
      (
        await http()
          .post(`${summaryPath(id)}/retract`)
          .send({ reason })
          .expect(status)
      ).body;
    const correctionOf = async (id: Uuid): Promise<Row> =>
      (await world.rows<Row>('select * from summaries.summary where corrects_id = $1', [id]))[0]!;

    it('is followed by what is right, which answers it in the EHR and is sealed as well', async () => {
      const { conversation } = await talk('At ten?', 'Yes.');
      const first = await summaryOf(conversation);
      const before = JSON.stringify(copiesOf(first));

      const made = await correct(first.id, 'At eleven, said on the telephone.');
      await world.settle();

      const correction = await correctionOf(first.id);
      expect(made).toMatchObject({
        id: publicId('sum', correction.id),
        corrects: publicId('sum', first.id),
      });
      const [copy, ...others] = copiesOf(correction);
      expect(others).toEqual([]);
      expect(copy!.inResponseTo).toEqual([{ reference: `Communication/${first.fhir_id}` }]);
      expect(JSON.stringify(copy)).not.toContain('eleven');
      expect(JSON.stringify(copiesOf(first))).toBe(before);
      const opened = await open(correction.id);
      expect(opened.summary.correction).toMatchObject({
        note: 'At eleven, said on the telephone.',
        by: 'key_desk',
      });
      expect(opened.summary.text).toContain('At eleven');
      expect((await world.audited('summary.corrected')).at(-1)).toMatchObject({
        detail: { correction: correction.id },
      });
    });

    it('is taken back: marked in the EHR, shut here, and audited', async () => {
      const { conversation } = await talk('Hello');
      const summary = await summaryOf(conversation);
      await retract(summary.id, 'wrong-patient');
      await world.settle();
      expect(copiesOf(summary)).toMatchObject([{ status: 'entered-in-error' }]);
      expect(await stateOf(summary.id)).toEqual({ state: 'retracted', retract_reason: 'wrong-patient' });
      const { body } = await http()
        .post(`${summaryPath(summary.id)}/open`)
        .expect(410);
      expect(body.code).toBe('summary.retracted');
      expect((await world.audited('summary.retracted')).at(-1)).toMatchObject({
        detail: { reason: 'wrong-patient' },
      });
      await retract(summary.id, 'other');
      expect(await stateOf(summary.id)).toMatchObject({ retract_reason: 'wrong-patient' });
      expect((await correct(summary.id, 'Too late.', 410)).code).toBe('summary.retracted');
    });

    it('is shut here at once while the EHR is away, and marked there once it is back', async () => {
      const { conversation } = await talk('Hello');
      const summary = await summaryOf(conversation);
      fhir.away = true;
      await retract(summary.id, 'wrong-content');
      await world.settle();
      await http()
        .post(`${summaryPath(summary.id)}/open`)
        .expect(410);
      expect(copiesOf(summary)).toMatchObject([{ status: 'completed' }]);
      fhir.away = false;
      await world.wait('16 seconds');
      expect(copiesOf(summary)).toMatchObject([{ status: 'entered-in-error' }]);
    });

    it('falls to a person where the EHR cannot mark it', async () => {
      fhir.can = { communicationChange: 'none' };
      const { conversation } = await talk('Hello');
      const summary = await summaryOf(conversation);
      await retract(summary.id, 'patient-request');
      await world.settle();
      expect(await stateOf(summary.id)).toMatchObject({ state: 'retracted' });
      expect(await work(`summary-not-retracted:${summary.id}`)).toEqual([
        { state: 'open', reason: 'ehr-cannot-withdraw' },
      ]);
    });

    it('is not corrected or taken back before it is there, nor for another reason than those known', async () => {
      const address = newId();
      await says(address, 'Hello');
      const conversation = await conversationOn(address);
      await close(conversation);
      const { id } = await summaryOf(conversation);
      expect((await correct(id, 'No.', 409)).code).toBe('summary.not-composed');
      expect((await retract(id, 'other', 409)).code).toBe('summary.not-composed');
      await retract(id, 'because', 400);
      await correct(id, '', 400);
      await retract(newId(), 'other', 404);
    });
  });

  describe('of somebody whom nobody has named', () => {
    it('is held, falls to a person, and is written once the patient is named', async () => {
      const address = newId();
      const [mother] = [patients.admit([address]), patients.admit([address])];
      await says(address, 'It is me');
      const conversation = await conversationOn(address);
      await close(conversation);
      expect(await summaryOf(conversation)).toMatchObject({ state: 'held', patient_id: null });
      expect(await work(`summary-held:${conversation}`)).toEqual([
        { state: 'open', reason: 'patient-unknown' },
      ]);

      const pat = publicId('pat', mother.id);
      await http()
        .post(`${conversationPath(conversation)}/assign`)
        .send({ patient: pat })
        .expect(200);
      await world.settle();

      const summary = await summaryOf(conversation);
      expect(summary).toMatchObject({ state: 'written', patient_id: mother.id });
      expect(copiesOf(summary)).toHaveLength(1);
      expect(await work(`summary-held:${conversation}`)).toMatchObject([{ state: 'resolved' }]);
    });

    it('cannot be opened yet', async () => {
      const address = newId();
      await says(address, 'Hello');
      const conversation = await conversationOn(address);
      await close(conversation);
      const { id } = await summaryOf(conversation);
      const { body } = await http()
        .post(`${summaryPath(id)}/open`)
        .expect(409);
      expect(body.code).toBe('summary.not-composed');
    });
  });

  describe('opened by a person', () => {
    const openings = () => world.audited('summary.opened');

    it('comes from the EHR’s copy and leaves an audit event', async () => {
      const { patient, conversation } = await talk('May I eat before?', 'Water is fine.');
      const { id } = await summaryOf(conversation);

      const opened = await open(id);

      expect(opened.source).toBe('ehr');
      expect(opened.summary).toMatchObject({ patient: `Patient/${patient.fhirId}`, channel: 'whatsapp' });
      expect(opened.summary.text).toContain('Water is fine.');
      expect((await openings()).at(-1)).toMatchObject({ patient: patient.id, detail: { source: 'ehr' } });
    });

    it('comes from ours while the EHR is away or keeps it shut', async () => {
      const { conversation } = await talk('Hello');
      const { id } = await summaryOf(conversation);
      fhir.away = true;
      expect(await open(id)).toMatchObject({ source: 'carethread' });
      fhir.away = false;
      fhir.readState = 'forbidden';
      expect(await open(id)).toMatchObject({ source: 'carethread' });
    });

    it.each([
      [
        'was deleted there',
        (copy: Communication) => void (copy.id && fhir.communications.delete(copy.id)),
        410,
        'summary.gone-from-ehr',
      ],
      [
        'was retracted there',
        (copy: Communication) => void (copy.status = 'entered-in-error'),
        410,
        'summary.gone-from-ehr',
      ],
      ['lost its attachment', (copy: Communication) => void copy.payload!.pop(), 502, 'summary.not-readable'],
      ['was changed', (copy: Communication) => tamper(copy), 500, 'vault.cannot-open'],
    ])('is refused when it %s, and the refusal is audited', async (_what, spoil, status, code) => {
      const { conversation } = await talk('A secret question');
      const summary = await summaryOf(conversation);
      spoil(copiesOf(summary)[0]!);

      const { body } = await http()
        .post(`${summaryPath(summary.id)}/open`)
        .expect(status);

      expect(body.code).toBe(code);
      expect(JSON.stringify(body)).not.toContain('secret');
      expect((await openings()).at(-1)).toMatchObject({ detail: { refused: code } });
    });

    it('is refused when another summary’s bytes lie in its place', async () => {
      const first = await talk('First');
      const address = (await world.get(ConversationsFacade).transcriptOf(world.ctx, first.conversation))
        .addressId;
      await says(address, 'Second');
      const conversation = await conversationOn(address);
      await close(conversation);
      const [mine, other] = [await summaryOf(first.conversation), await summaryOf(conversation)];
      copiesOf(mine)[0]!.payload = copiesOf(other)[0]!.payload;

      const { body } = await http()
        .post(`${summaryPath(mine.id)}/open`)
        .expect(500);

      expect(body.code).toBe('vault.cannot-open');
    });

    it('is nobody’s that does not exist, and the try is audited', async () => {
      const id = newId();
      await http()
        .post(`${summaryPath(id)}/open`)
        .expect(404);
      expect((await openings()).at(-1)).toMatchObject({ detail: { refused: 'not-found' } });
    });

    it('is not shown when its audit event cannot be kept', async () => {
      const { conversation } = await talk('Hello');
      const { id } = await summaryOf(conversation);
      await world.rows('revoke insert on audit.event from carethread_runtime');
      try {
        const { body } = await http()
          .post(`${summaryPath(id)}/open`)
          .expect(500);
        expect(JSON.stringify(body)).not.toContain('Hello');
      } finally {
        await world.rows('grant insert on audit.event to carethread_runtime');
      }
    });

    it('is refused once the patient’s key is destroyed', async () => {
      const { patient, conversation } = await talk('Hello');
      const { id } = await summaryOf(conversation);
      await world.get(VaultFacade).shred(world.ctx, { kind: 'patient', id: patient.id });
      const { body } = await http()
        .post(`${summaryPath(id)}/open`)
        .expect(410);
      expect(body.code).toBe('vault.key-destroyed');
    });
  });

  describe('over HTTP', () => {
    it('are listed by patient, conversation and state, without content', async () => {
      const { patient, conversation } = await talk('May I eat?');
      const { id } = await summaryOf(conversation);
      const [pat, cnv] = [publicId('pat', patient.id), publicId('cnv', conversation)];

      for (const filter of [`patient=${pat}`, `conversation=${cnv}`, `patient=${pat}&state=written`]) {
        const { body, text } = await http().get(`/v1/summaries?${filter}`).expect(200);
        expect(body.data).toMatchObject([
          { id: publicId('sum', id), conversation: cnv, patient: pat, state: 'written' },
        ]);
        expect(text).not.toContain('eat');
      }
      const none = await http().get(`/v1/summaries?patient=${pat}&state=dead`).expect(200);
      expect(none.body.data).toEqual([]);
      await http().get(summaryPath(id)).expect(200);
      await http().get(summaryPath(newId())).expect(404);
      await http().get('/v1/summaries?state=lost').expect(400);
    });
  });
});

function tamper(copy: Communication): void {
  const attachment = copy.payload![1]!.contentAttachment!;
  const jwe = JSON.parse(Buffer.from(attachment.data!, 'base64').toString());
  const bytes = Buffer.from(jwe.ciphertext, 'base64url');
  bytes[0]! ^= 1;
  attachment.data = Buffer.from(JSON.stringify({ ...jwe, ciphertext: bytes.toString('base64url') })).toString(
    'base64',
  );
}
