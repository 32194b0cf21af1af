import type { Communication } from 'fhir/r4.js';
import { exportJWK, flattenedDecrypt, generateKeyPair, importJWK } from 'jose';
import request from 'supertest';
import { ConversationsFacade, ConversationsModule } from '../../../../src/care/conversations/index.js';
import { SummariesFacade, SummariesModule } from '../../../../src/care/summaries/index.js';
import { MessageReceived, MessageStatusChanged } from '../../../../src/exchange/messaging/events.js';
import type { Patient } from '../../../../src/exchange/patients/index.js';
import { VaultFacade, VaultModule } from '../../../../src/foundation/vault/index.js';
import { newId, publicId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { CareWorld } from '../../../support/fakes/care-world.fake.js';
import type { FakeFhir } from '../../../support/fakes/fhir.fake.js';
import type { FakeMessaging } from '../../../support/fakes/messaging.fake.js';
import type { FakePatients } from '../../../support/fakes/patients.fake.js';

interface Row {
  id: Uuid;
  conversation_id: Uuid;
  patient_id: Uuid | null;
  state: string;
  attempts: number;
  reason: string | null;
  fhir_id: string | null;
}

describe('summaries', () => {
  let world: CareWorld;
  let messaging: FakeMessaging;
  let patients: FakePatients;
  let fhir: FakeFhir;

  beforeAll(async () => {
    world = await CareWorld.start(
      [SummariesModule, ConversationsModule, VaultModule],
      ['fhir', 'patients', 'messaging', 'scheduling'],
    );
    ({ messaging, patients, fhir } = world.fakes);
  });

  beforeEach(() => {
    const usual = { route: {}, escrowKey: null, learnt: null };
    Object.assign(fhir, { away: false, can: {}, readState: 'current', ...usual });
    fhir.others.length = 0;
    fhir.troubles.length = 0;
  });

  afterAll(() => world.close());

  const http = () => request(world.app.getHttpServer());
  const summaryPath = (id: Uuid): string => `/v1/summaries/${publicId('sum', id)}`;
  const conversationPath = (id: Uuid): string => `/v1/conversations/${publicId('cnv', id)}`;

  const says = async (addressId: Uuid, text: string): Promise<void> => {
    await world.publish(MessageReceived, [messaging.arrive(addressId, { at: await world.now(), text })]);
  };

  const conversationOn = async (addressId: Uuid): Promise<Uuid> => {
    const [row] = await world.rows<{ id: Uuid }>(
      'select id from conversations.conversation where address_id = $1 order by id desc',
      [addressId],
    );
    return row!.id;
  };

  const close = async (conversation: Uuid): Promise<void> => {
    await http()
      .post(`${conversationPath(conversation)}/close`)
      .expect(200);
    await world.settle();
  };

  const summaryOf = async (conversation: Uuid): Promise<Row> => {
    const rows = await world.rows<Row>('select * from summaries.summary where conversation_id = $1', [
      conversation,
    ]);
    expect(rows).toHaveLength(1);
    return rows[0]!;
  };

  /** A patient asks, staff answers and closes. */
  const talk = async (
    question: string,
    answer = 'Yes.',
  ): Promise<{ patient: Patient; conversation: Uuid }> => {
    const address = newId();
    const patient = patients.admit([address]);
    await says(address, question);
    const conversation = await conversationOn(address);
    await http()
      .post(`${conversationPath(conversation)}/messages`)
      .send({ text: answer })
      .expect(202);
    const reply = [...messaging.outbound.values()].at(-1)!;
    messaging.accept(reply.id, await world.now());
    await world.publish(MessageStatusChanged, [reply.id]);
    await close(conversation);
    return { patient, conversation };
  };

  const copiesOf = (summary: Row): Communication[] =>
    [...fhir.communications.values()].filter(({ identifier }) => identifier![0]!.value === summary.id);

  const work = (key: string): Promise<{ state: string; reason: string }[]> =>
    world.rows('select state, reason from worklist.work_item where key = $1', [key]);

  describe('of a conversation that has closed', () => {
    it('is one Communication in the EHR about that patient, with nothing of it readable', async () => {
      const { patient, conversation } = await talk('May I bring my daughter?');

      const summary = await summaryOf(conversation);
      const [communication, ...others] = copiesOf(summary);
      expect(summary).toMatchObject({ state: 'written', patient_id: patient.id, attempts: 1, reason: null });
      expect(others).toEqual([]);
      expect(communication).toMatchObject({
        status: 'completed',
        subject: { reference: `Patient/${patient.fhirId}` },
      });
      expect(JSON.stringify(communication)).not.toContain('daughter');
      expect(await world.get(SummariesFacade).forPatient(world.ctx, patient.id)).toMatchObject([
        { id: summary.id, state: 'written', communication: `Communication/${summary.fhir_id}` },
      ]);
    });

    it('opens with jose alone and the key of the vault', async () => {
      const { patient, conversation } = await talk('Where do I park?', 'At the east gate.');
      const [communication] = copiesOf(await summaryOf(conversation));

      const jwe = JSON.parse(
        Buffer.from(communication!.payload![1]!.contentAttachment!.data!, 'base64').toString(),
      );
      const [recipient] = jwe.recipients;
      const jwk = await world.get(VaultFacade).recordKey(world.ctx, patient.id, recipient.header.kid);
      const { plaintext, protectedHeader } = await flattenedDecrypt(
        { ...jwe, recipients: undefined, ...recipient },
        await importJWK(jwk, 'A256GCMKW'),
      );

      const document = JSON.parse(new TextDecoder().decode(plaintext));
      expect(protectedHeader).toMatchObject({
        identifier: `urn:carethread:summary|${communication!.identifier![0]!.value}`,
      });
      expect(document.messages.map(({ by, text }: { by: string; text: string }) => [by, text])).toEqual([
        ['patient', 'Where do I park?'],
        ['staff', 'At the east gate.'],
      ]);
    });

    it('is another one for another conversation, with its outcome and its visit', async () => {
      const address = newId();
      const patient = patients.admit([address]);
      const visit = world.fakes.scheduling.book(patient.id, patient.connectionId);
      await says(address, 'I shall come');
      const outcome = {
        addressId: address,
        patientId: patient.id,
        code: 'appointment-confirmed',
        appointmentId: visit.id,
      };
      await world.get(ConversationsFacade).recordOutcome(world.ctx, outcome);
      const conversation = await conversationOn(address);
      await close(conversation);
      const other = await talk('Is it cold inside?');

      const [summary, otherSummary] = [await summaryOf(conversation), await summaryOf(other.conversation)];
      const [first, second] = [await open(summary.id), await open(otherSummary.id)];

      expect(copiesOf(summary)[0]!.about).toEqual([{ reference: visit.reference }]);
      expect(first.summary.outcomes).toMatchObject([
        { code: 'appointment-confirmed', appointment: visit.reference },
      ]);
      expect(second.summary.outcomes).toEqual([]);
      expect(second.summary.text).toContain('Is it cold inside?');
    });

    it('is composed once, however often the news of the end comes', async () => {
      const { conversation } = await talk('Hello');
      await Promise.all([1, 2, 3].map(() => world.publish('conversations.closed', [conversation])));
      const summary = await summaryOf(conversation);
      expect(copiesOf(summary)).toHaveLength(1);
      expect(summary.attempts).toBe(1);
    });
  });

  const open = async (id: Uuid) =>
    (
      await http()
        .post(`${summaryPath(id)}/open`)
        .expect(200)
    ).body;

  describe('on the way into the EHR', () => {
    it('waits while the EHR is away, and is written once it is back', async () => {
      fhir.away = true;
      const { conversation } = await talk('Hello');
      expect(await summaryOf(conversation)).toMatchObject({ state: 'composed', reason: 'fhir.unavailable' });
      await world.wait('16 seconds');
      fhir.away = false;

      await world.wait('31 seconds');

      const summary = await summaryOf(conversation);
      expect(summary).toMatchObject({ state: 'written', attempts: 3, reason: null });
      expect(copiesOf(summary)).toHaveLength(1);
    });

    it('is one Communication also when the answer to the first write is lost', async () => {
      fhir.troubles.push('lost', 'away');
      const { conversation } = await talk('Hello');
      expect(await summaryOf(conversation)).toMatchObject({ state: 'unknown' });
      await world.wait('16 seconds');
      expect(await summaryOf(conversation)).toMatchObject({ state: 'unknown' });

      await world.wait('31 seconds');

      const summary = await summaryOf(conversation);
      expect(summary.state).toBe('written');
      expect(copiesOf(summary)).toHaveLength(1);
    });

    it('is one Communication also when a writer died after its write', async () => {
      const { conversation } = await talk('Hello');
      const { id } = await summaryOf(conversation);
      await world.rows(
        `update summaries.summary set state = 'writing', fhir_id = null, written_at = null,
           lease_until = clock_timestamp() - interval '1 second' where id = $1`,
        [id],
      );

      await world.settle();

      const summary = await summaryOf(conversation);
      expect(summary).toMatchObject({ state: 'written', attempts: 2 });
      expect(copiesOf(summary)).toHaveLength(1);
    });

    it('is left to its writer while that lives', async () => {
      const { conversation } = await talk('Hello');
      const { id } = await summaryOf(conversation);
      await world.rows(
        `update summaries.summary set state = 'writing', lease_until = clock_timestamp() + interval '1 hour' where id = $1`,
        [id],
      );
      await world.wait('3 hours');
      expect(await summaryOf(conversation)).toMatchObject({ state: 'writing', attempts: 1 });
    });

    it('falls to a person when the EHR refuses it', async () => {
      fhir.troubles.push('refused');
      const { conversation } = await talk('Hello');
      const summary = await summaryOf(conversation);
      expect(summary).toMatchObject({ state: 'refused', reason: 'fhir.refused' });
      expect(await work(`summary-not-written:${summary.id}`)).toEqual([
        { state: 'open', reason: 'fhir.refused' },
      ]);
      expect(await open(summary.id)).toMatchObject({ source: 'carethread' });
    });

    it.each([
      ['C', 'written', 'ehr'],
      ['D', 'written', 'carethread'],
      ['F', 'kept', 'carethread'],
    ] as const)('takes the carrier that the EHR takes: %s', async (summaryCarrier, state, source) => {
      fhir.can = { summaryCarrier };
      const { conversation } = await talk('May I eat?');
      const summary = await summaryOf(conversation);
      expect(summary.state).toBe(state);
      expect(copiesOf(summary)).toHaveLength(state === 'written' ? 1 : 0);
      expect(JSON.stringify(copiesOf(summary))).not.toContain('May I eat?');
      const opened = await open(summary.id);
      expect(opened.source).toBe(source);
      expect(opened.summary.text).toContain('May I eat?');
    });
  });

  describe('into an EHR that does not take everything', () => {
    it('case 26: refused for its content falls to the text, and the next one begins there', async () => {
      fhir.troubles.push('content');
      const { conversation } = await talk('May I eat?');
      const summary = await summaryOf(conversation);
      expect(summary).toMatchObject({ state: 'written', attempts: 1 });
      expect(await carrierOf(summary.id)).toBe('C');
      expect(copiesOf(summary)).toHaveLength(1);
      expect(fhir.learnt).toBe('C');
      const writes = fhir.writes;
      const next = await talk('And drink?');
      expect(await carrierOf((await summaryOf(next.conversation)).id)).toBe('C');
      expect(fhir.writes).toBe(writes + 1);
    });

    it.each([
      ['when the text is refused too', {}, ['content', 'content']],
      ['when the hospital chose B itself', { route: { free: false } }, ['content']],
    ] as const)('falls to the notice alone %s', async (_when, setting, troubles) => {
      Object.assign(fhir, setting);
      fhir.troubles.push(...troubles);
      const { conversation } = await talk('May I eat?');
      const summary = await summaryOf(conversation);
      expect(await carrierOf(summary.id)).toBe('D');
      expect(JSON.stringify(copiesOf(summary))).not.toContain('CARETHREAD RECORD');
    });

    it('learns nothing from a refusal of all', async () => {
      fhir.troubles.push('content', 'content', 'content');
      const { conversation } = await talk('May I eat?');
      const summary = await summaryOf(conversation);
      expect(summary).toMatchObject({ state: 'refused', reason: 'fhir.content-refused' });
      expect(fhir.learnt).toBeNull();
      expect(await work(`summary-not-written:${summary.id}`)).toHaveLength(1);
    });

    it('is kept, and staff is asked once, while nobody is named who sends and gets it', async () => {
      fhir.route = { carrier: 'F', missing: ['sender', 'recipients'] };
      const [first, second] = [await talk('One'), await talk('Two')];
      for (const { conversation } of [first, second]) {
        const summary = await summaryOf(conversation);
        expect(summary.state).toBe('kept');
        expect((await open(summary.id)).source).toBe('carethread');
      }
      expect(await work(`ehr-settings:summary:${fhir.connectionId}`)).toEqual([
        { state: 'open', reason: 'summary-people-missing' },
      ]);
    });

    it('says who wrote it where that is taken, and stands without it where not', async () => {
      fhir.can = { creates: ['Provenance'] };
      const { conversation } = await talk('Hello');
      const summary = await summaryOf(conversation);
      await world.settle();
      expect(fhir.others).toMatchObject([
        { resourceType: 'Provenance', target: [{ reference: `Communication/${summary.fhir_id}` }] },
      ]);
      fhir.can = {};
      const other = await talk('Hello again');
      expect(await summaryOf(other.conversation)).toMatchObject({ state: 'written' });
      expect(fhir.others).toHaveLength(1);
    });
  });

  describe('that the hospital may open itself', () => {
    it('opens with the hospital’s private key and jose alone, and with ours', async () => {
      const pair = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-256', extractable: true });
      const { x, y } = await exportJWK(pair.publicKey);
      fhir.escrowKey = { kty: 'EC', crv: 'P-256', x: x!, y: y!, kid: 'hospital/1' };
      const { conversation } = await talk('Where do I park?');
      const summary = await summaryOf(conversation);
      const { data } = copiesOf(summary)[0]!.payload![1]!.contentAttachment!;
      const { recipients, ...jwe } = JSON.parse(Buffer.from(data!, 'base64').toString());
      const mine = recipients.find((one: { header: { kid: string } }) => one.header.kid === 'hospital/1');
      const { plaintext } = await flattenedDecrypt({ ...jwe, ...mine }, pair.privateKey);
      expect(new TextDecoder().decode(plaintext)).toContain('Where do I park?');
      expect((await open(summary.id)).source).toBe('ehr');
    });
  });

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

  const carrierOf = async (id: Uuid): Promise<string> =>
    (await world.rows<{ carrier: string }>('select carrier from summaries.summary where id = $1', [id]))[0]!
      .carrier;
  const stateOf = async (id: Uuid) =>
    (await world.rows('select state, retract_reason from summaries.summary where id = $1', [id]))[0];

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
