import request from 'supertest';
import { ConversationsFacade, ConversationsModule } from '../../../../src/care/conversations/index.js';
import { Compose } from '../../../../src/care/summaries/application/compose.js';
import { SummariesModule } from '../../../../src/care/summaries/index.js';
import { MessageReceived, MessageStatusChanged } from '../../../../src/exchange/messaging/events.js';
import { VaultModule } from '../../../../src/foundation/vault/index.js';
import { newId, publicId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { CareWorld } from '../../../support/fakes/care-world.fake.js';

const DAY_MS = 86_400_000;

interface Told {
  patient: string;
  messages: { by: string; text: string }[];
  outcomes: { code: string }[];
  text: string;
}

describe('summaries of conversations that close before their answer', () => {
  let world: CareWorld;
  /** What a button proves: its patient. */
  const tokens = new Map<string, Uuid>();

  beforeAll(async () => {
    world = await CareWorld.start(
      [SummariesModule, ConversationsModule, VaultModule],
      ['fhir', 'patients', 'messaging', 'scheduling'],
    );
    world.get(ConversationsFacade).registerResponder({
      name: 'taps',
      order: 10,
      match: async (_ctx, inbound) => inbound.token !== null,
      answer: async (_ctx, { id, token }) => {
        world.fakes.scheduling.asked.add(id);
        return { patientId: tokens.get(token!)! };
      },
    });
  });

  afterAll(() => world.close());

  const http = () => request(world.app.getHttpServer());

  const arrives = async (addressId: Uuid, more: object): Promise<Uuid> => {
    const id = world.fakes.messaging.arrive(addressId, { at: await world.now(), ...more });
    await world.publish(MessageReceived, [id]);
    return id;
  };

  /** A tap on the reminder of that patient's visit; the EHR takes its time. */
  const taps = (addressId: Uuid, patientId: Uuid): Promise<Uuid> => {
    const token = newId();
    tokens.set(token, patientId);
    return arrives(addressId, { token, text: 'Confirm' });
  };

  /** The EHR has answered: the outcome is kept and the reply handed over. */
  const settles = async (tap: Uuid, patientId: Uuid, code: string): Promise<Uuid> => {
    const { messaging, scheduling } = world.fakes;
    const { addressId } = messaging.inbound.get(tap)!;
    await world.get(ConversationsFacade).recordOutcome(world.ctx, { addressId, patientId, code });
    const originKey = `action:${newId()}`;
    const { messageId } = await messaging.send(world.ctx, {
      origin: 'reply',
      originKey,
      addressId,
      patientId,
      purpose: 'appointment-reminders',
      content: { kind: 'text', text: `Reply: ${code}` },
      usefulUntil: new Date(Date.now() + DAY_MS),
    });
    scheduling.replyKeys.set(tap, originKey);
    scheduling.asked.delete(tap);
    return messageId;
  };

  const accepts = async (messageId: Uuid): Promise<void> => {
    world.fakes.messaging.accept(messageId, await world.now());
    await world.publish(MessageStatusChanged, [messageId]);
  };

  const conversationsOn = async (addressId: Uuid): Promise<Uuid[]> => {
    const rows = await world.rows<{ id: Uuid }>(
      'select id from conversations.conversation where address_id = $1 order by id',
      [addressId],
    );
    return rows.map(({ id }) => id);
  };

  const close = async (conversation: Uuid): Promise<void> => {
    await http()
      .post(`/v1/conversations/${publicId('cnv', conversation)}/close`)
      .expect(200);
    await world.settle();
  };

  const summaryOf = async (
    conversation: Uuid,
  ): Promise<{ id: Uuid; state: string; reason: string | null }> => {
    const rows = await world.rows<{ id: Uuid; state: string; reason: string | null }>(
      'select id, state, reason from summaries.summary where conversation_id = $1',
      [conversation],
    );
    expect(rows).toHaveLength(1);
    return rows[0]!;
  };

  const open = async (conversation: Uuid): Promise<Told> => {
    const { id } = await summaryOf(conversation);
    const { body } = await http()
      .post(`/v1/summaries/${publicId('sum', id)}/open`)
      .expect(200);
    return body.summary;
  };

  const copiesOf = async (conversation: Uuid): Promise<number> => {
    const { id } = await summaryOf(conversation);
    const all = [...world.fakes.fhir.communications.values()];
    return all.filter(({ identifier }) => identifier![0]!.value === id).length;
  };

  it('two patients tap on one telephone with a slow EHR: each summary has its own outcome and reply', async () => {
    const address = newId();
    const { patients } = world.fakes;
    const [mother, child] = [patients.admit([address]), patients.admit([address])];
    const motherTap = await taps(address, mother.id);
    const childTap = await taps(address, child.id);
    const [first, second] = await conversationsOn(address);
    await close(second!);
    expect(await summaryOf(first!)).toMatchObject({ state: 'held', reason: 'answer-awaited' });

    const childReply = await settles(childTap, child.id, 'appointment-cancelled');
    const motherReply = await settles(motherTap, mother.id, 'appointment-confirmed');
    await world.wait('16 seconds');
    expect(await summaryOf(first!)).toMatchObject({ state: 'held', reason: 'answer-awaited' });
    await accepts(motherReply);
    await accepts(childReply);
    await world.wait('16 seconds');

    expect(await open(first!)).toMatchObject({
      patient: `Patient/${mother.fhirId}`,
      messages: [
        { by: 'patient', text: 'Confirm' },
        { by: 'automation', text: 'Reply: appointment-confirmed' },
      ],
      outcomes: [{ code: 'appointment-confirmed' }],
    });
    expect(await open(second!)).toMatchObject({
      patient: `Patient/${child.fhirId}`,
      messages: [
        { by: 'patient', text: 'Confirm' },
        { by: 'automation', text: 'Reply: appointment-cancelled' },
      ],
      outcomes: [{ code: 'appointment-cancelled' }],
    });
    expect([await copiesOf(first!), await copiesOf(second!)]).toEqual([1, 1]);
    expect(await summaryOf(first!)).toMatchObject({ state: 'written', reason: null });
  });

  it('the reply goes with its tap, also when the patient has begun to write again', async () => {
    const address = newId();
    const patient = world.fakes.patients.admit([address]);
    const tap = await taps(address, patient.id);
    const [first] = await conversationsOn(address);
    await close(first!);
    const reply = await settles(tap, patient.id, 'appointment-confirmed');
    await arrives(address, { text: 'One more thing' });
    await accepts(reply);
    const [, next] = await conversationsOn(address);
    await world.wait('16 seconds');
    await close(next!);

    expect((await open(first!)).text).toContain('Reply: appointment-confirmed');
    expect((await open(next!)).messages.map(({ text }) => text)).toEqual(['One more thing']);
  });

  it('a quarter of an hour is the longest wait: then what is known is told, once', async () => {
    const address = newId();
    const patient = world.fakes.patients.admit([address]);
    const tap = await taps(address, patient.id);
    const [conversation] = await conversationsOn(address);
    await close(conversation!);
    await world.wait('14 minutes 50 seconds');
    expect(await summaryOf(conversation!)).toMatchObject({ state: 'held' });

    await world.wait('16 seconds');
    await accepts(await settles(tap, patient.id, 'appointment-confirmed'));
    await world.wait('1 hour');

    expect(await open(conversation!)).toMatchObject({ outcomes: [], messages: [{ by: 'patient' }] });
    expect(await copiesOf(conversation!)).toBe(1);
  });

  it('one that cannot be composed does not stop the others, and is tried again', async () => {
    const address = newId();
    world.fakes.patients.admit([address]);
    await arrives(address, { text: 'Hello' });
    const [conversation] = await conversationsOn(address);
    await world.rows(
      `update conversations.conversation set state = 'closed', close_reason = 'staff', closed_at = platform.now()
        where id = $1`,
      [conversation],
    );

    const composing = world.get(Compose).run(world.ctx, [newId(), conversation!]);

    await expect(composing).rejects.toMatchObject({ kind: 'not-found' });
    await world.settle();
    expect(await summaryOf(conversation!)).toMatchObject({ state: 'written' });
  });
});
