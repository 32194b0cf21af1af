import type { Communication } from 'fhir/r4.js';
import { flattenedDecrypt, importJWK } from 'jose';
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
    Object.assign(fhir, { away: false, can: {}, readState: 'current' });
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
