import { exportJWK, flattenedDecrypt, generateKeyPair, importJWK } from 'jose';
import { ConversationsFacade } from '../../../../src/care/conversations/index.js';
import { SummariesFacade } from '../../../../src/care/summaries/index.js';
import { VaultFacade } from '../../../../src/foundation/vault/index.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import type { CareWorld } from '../../../support/fakes/care-world.fake.js';
import type { FakePatients } from '../../../support/fakes/patients.fake.js';
import type { FakeFhir } from '../../../support/fakes/fhir.fake.js';
import { SummariesDesk } from './desk.js';

describe('summaries', () => {
  const desk = new SummariesDesk();
  const { says, conversationOn, close, summaryOf, talk, copiesOf, work, open, carrierOf } = desk;
  let world: CareWorld;
  let patients: FakePatients;
  let fhir: FakeFhir;

  beforeAll(async () => {
    ({ world, patients, fhir } = await desk.start());
  });
  beforeEach(() => desk.reset());
  afterAll(() => desk.world.close());

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

    it('falls to a person while any of the patient’s records is behind break-the-glass', async () => {
      fhir.away = true;
      const { patient, conversation } = await talk('Hello');
      const survivor = patients.admit([newId()]);
      patients.join(patient.id, survivor.id, await world.now());
      patients.restricted.add(patient.id);
      fhir.away = false;

      await world.wait('16 seconds');

      const reason = 'summary.patient-restricted';
      const summary = await summaryOf(conversation);
      expect(summary).toMatchObject({ state: 'refused', reason });
      expect(copiesOf(summary)).toEqual([]);
      expect(await work(`summary-not-written:${summary.id}`)).toEqual([{ state: 'open', reason }]);
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

    it('falls to the text where it is not kept as it was, and is tried again in the form that it was sent in', async () => {
      fhir.troubles.push('altered');
      const first = await summaryOf((await talk('May I eat?')).conversation);
      expect(first).toMatchObject({ state: 'written', attempts: 1 });
      expect(await carrierOf(first.id)).toBe('C');

      fhir.learnt = null;
      fhir.troubles.push('lost');
      const { conversation } = await talk('And drink?');
      fhir.learnt = 'C';
      await world.wait('16 seconds');
      const second = await summaryOf(conversation);
      expect(second).toMatchObject({ state: 'written' });
      expect(await carrierOf(second.id)).toBe('B');
      expect([copiesOf(second).length, fhir.learnt]).toEqual([1, 'C']);
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
});
