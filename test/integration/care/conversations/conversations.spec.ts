import request from 'supertest';
import {
  ConversationsFacade,
  ConversationsModule,
  type Inbound,
} from '../../../../src/care/conversations/index.js';
import { Idle } from '../../../../src/care/conversations/application/idle.js';
import { MessageReceived, MessageStatusChanged } from '../../../../src/exchange/messaging/events.js';
import { newId, publicId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { CareWorld } from '../../../support/fakes/care-world.fake.js';
import type { FakeMessaging } from '../../../support/fakes/messaging.fake.js';
import type { FakePatients } from '../../../support/fakes/patients.fake.js';

const HOUR_MS = 3_600_000;

interface Row {
  id: Uuid;
  patient_id: Uuid | null;
  state: string;
  close_reason: string | null;
  waiting_since: Date | null;
}

describe('conversations', () => {
  let world: CareWorld;
  let conversations: ConversationsFacade;
  let messaging: FakeMessaging;
  let patients: FakePatients;
  /** What a button proves: its patient and its visit. */
  const tokens = new Map<string, { patientId: Uuid; appointmentId: Uuid }>();
  const taps: string[] = [];
  let failures = 0;

  beforeAll(async () => {
    world = await CareWorld.start([ConversationsModule], ['fhir', 'patients', 'messaging']);
    conversations = world.get(ConversationsFacade);
    ({ messaging, patients } = world.fakes);
    conversations.registerResponder({
      name: 'taps',
      order: 10,
      match: async (_ctx, inbound: Inbound) => inbound.token !== null,
      answer: async (_ctx, { token, addressId }) => {
        if (failures-- > 0) throw new Error('the responder failed');
        taps.push(token!);
        const { patientId, appointmentId } = tokens.get(token!)!;
        const content = { kind: 'text' as const, text: 'Confirmed.' };
        const usefulUntil = new Date(Date.now() + HOUR_MS);
        await messaging.send(world.ctx, {
          origin: 'reply',
          originKey: `tap:${token}`,
          addressId,
          patientId,
          purpose: 'appointment-reminders',
          content,
          usefulUntil,
        });
        return { patientId, outcome: { code: 'appointment-confirmed', appointmentId } };
      },
    });
  });

  beforeEach(() => {
    failures = 0;
    messaging.refusal = null;
  });

  afterAll(() => world.close());

  const ago = async (hours: number): Promise<Date> =>
    new Date((await world.now()).getTime() - hours * HOUR_MS);

  const says = async (addressId: Uuid, text: string, more: object = {}): Promise<Uuid> => {
    const id = messaging.arrive(addressId, { at: await world.now(), text, ...more });
    await world.publish(MessageReceived, [id]);
    return id;
  };

  const taking = (patientId: Uuid): { token: string; appointmentId: Uuid } => {
    const [token, appointmentId] = [newId(), newId()];
    tokens.set(token, { patientId, appointmentId });
    return { token, appointmentId };
  };

  const of = (addressId: Uuid): Promise<Row[]> =>
    world.rows<Row>('select * from conversations.conversation where address_id = $1 order by id', [
      addressId,
    ]);

  const texts = async (id: Uuid): Promise<string[]> =>
    (await conversations.transcriptOf(world.ctx, id)).entries.map(({ by, text }) => `${by}: ${text}`);

  const waiting = (id: Uuid): Promise<{ state: string; reason: string; resolution: string | null }[]> =>
    world.rows('select state, reason, resolution from worklist.work_item where subject_id = $1', [id]);

  describe('a patient who writes', () => {
    it('opens one, named by the address, with the reminder that is answered and the others of three days', async () => {
      const address = newId();
      const { id: patientId } = patients.admit([address]);
      messaging.remind(address, patientId, await ago(80), 'Too long ago');
      messaging.remind(address, patientId, await ago(70), 'Three days before');
      const quoted = messaging.remind(address, patientId, await ago(100), 'Quoted');

      const said = await says(address, 'May I eat before?', { replyTo: quoted });

      const [conversation, ...others] = await of(address);
      expect(others).toEqual([]);
      expect(conversation).toMatchObject({ patient_id: patientId, state: 'open' });
      expect(await texts(conversation!.id)).toEqual([
        'automation: Quoted',
        'automation: Three days before',
        'patient: May I eat before?',
      ]);
      expect(messaging.patientOf.get(said)).toBe(patientId);
    });

    it('is handed over once when nothing can answer', async () => {
      const address = newId();
      patients.admit([address]);
      await says(address, 'Where do I park?');
      await says(address, 'Hello?');

      const [conversation] = await of(address);
      expect(await waiting(conversation!.id)).toMatchObject([
        { state: 'open', reason: 'no-automatic-answer' },
      ]);
      expect(conversation!.waiting_since).not.toBeNull();
    });

    it('has each message in it once, however often the news of it comes', async () => {
      const address = newId();
      patients.admit([address]);
      const said = await says(address, 'Hello');
      await Promise.all(Array.from({ length: 5 }, () => world.publish(MessageReceived, [said])));

      const [conversation] = await of(address);
      expect(await texts(conversation!.id)).toEqual(['patient: Hello']);
    });

    it('opens one conversation when several messages come at the same instant', async () => {
      const address = newId();
      patients.admit([address]);
      const at = await world.now();
      const said = Array.from({ length: 8 }, (_, n) => messaging.arrive(address, { at, text: `part ${n}` }));

      await Promise.all(said.map((id) => world.publish(MessageReceived, [id])));

      const [conversation, ...others] = await of(address);
      expect(others).toEqual([]);
      expect(await texts(conversation!.id)).toHaveLength(8);
    });

    it('is worked in one batch with many others, each in its own conversation with what it answers', async () => {
      const at = await world.now();
      const people = Array.from({ length: 6 }, () => {
        const address = newId();
        const { id: patientId } = patients.admit([address]);
        return { address, patientId };
      });
      for (const { address, patientId } of people)
        messaging.remind(address, patientId, await ago(2), 'Two hours');
      const said = people.flatMap(({ address }) =>
        ['first', 'second'].map((text, n) =>
          messaging.arrive(address, { at: new Date(at.getTime() + n), text }),
        ),
      );

      await world.publish(MessageReceived, said);

      for (const { address, patientId } of people) {
        const [conversation, ...others] = await of(address);
        expect(others).toEqual([]);
        expect(conversation).toMatchObject({ patient_id: patientId, state: 'open' });
        expect(await texts(conversation!.id)).toEqual([
          'automation: Two hours',
          'patient: first',
          'patient: second',
        ]);
      }
      expect(said.map((id) => messaging.patientOf.get(id))).toEqual(
        people.flatMap(({ patientId }) => [patientId, patientId]),
      );
    });

    it('is not held up by another of its batch that cannot be worked, which comes again', async () => {
      const [before, bad, behind] = [newId(), newId(), newId()];
      for (const address of [before, bad, behind]) patients.admit([address]);
      const at = await world.now();
      const [first, unreadable, last] = [before, bad, behind].map((address) =>
        messaging.arrive(address, { at: address === bad ? new Date(NaN) : at, text: 'Hello' }),
      );

      await world.publish(MessageReceived, [first!, unreadable!, last!]);

      expect(await of(before)).toHaveLength(1);
      expect(await of(behind)).toHaveLength(1);
      expect(await of(bad)).toEqual([]);
      messaging.inbound.set(unreadable!, { ...messaging.inbound.get(unreadable!)!, at });
      await world.rows(`update graphile_worker._private_jobs set run_at = now() where attempts > 0`);
      await world.settle();
      expect(await of(bad)).toHaveLength(1);
    });

    it('to opt out is not handed over: the outcome says so', async () => {
      const address = newId();
      patients.admit([address]);
      await says(address, 'STOP');

      const [conversation] = await of(address);
      expect(await waiting(conversation!.id)).toEqual([]);
      expect((await conversations.transcriptOf(world.ctx, conversation!.id)).outcomes).toMatchObject([
        { code: 'consent-withdrawn' },
      ]);
    });
  });

  describe('a message on a number that several patients have', () => {
    const asked = (addressId: Uuid) =>
      [...messaging.outbound.values()].filter((sent) => sent.addressId === addressId);
    const shared = (): Uuid => {
      const address = newId();
      patients.admit([address]);
      patients.admit([address]);
      return address;
    };

    it('is asked once whom it is about, about nobody, and waits for a person meanwhile', async () => {
      const address = shared();
      await says(address, 'May I eat before?');
      await says(address, 'Hello?');
      const [question, ...others] = asked(address);
      expect(others).toEqual([]);
      expect(question).toMatchObject({ patientId: null, content: { kind: 'text' } });
      const [conversation] = await of(address);
      expect(conversation).toMatchObject({ patient_id: null, state: 'open' });
      expect(await waiting(conversation!.id)).toMatchObject([
        { state: 'open', reason: 'no-automatic-answer' },
      ]);
    });

    it('is asked nothing where not everybody agreed to be written to: a person reads it', async () => {
      messaging.refusal = 'no-consent';
      const address = shared();
      await says(address, 'May I eat before?');
      expect(asked(address)).toEqual([]);
      const [conversation] = await of(address);
      expect(await waiting(conversation!.id)).toMatchObject([
        { state: 'open', reason: 'no-automatic-answer' },
      ]);
    });

    it('is asked nothing where one of two has died: the other writes', async () => {
      const address = shared();
      const [one] = await patients.byAddress(world.ctx, address);
      patients.change(one!.id, { deceased: true });
      await says(address, 'May I eat before?');
      expect(asked(address)).toEqual([]);
    });
  });

  describe('what we write', () => {
    it('enters the open conversation once Meta has accepted it, and never another patient’s', async () => {
      const address = newId();
      const { id: patientId } = patients.admit([address]);
      await says(address, 'Hello');
      const [ours, foreign] = [
        messaging.remind(address, patientId, await world.now(), 'For you'),
        messaging.remind(address, newId(), await world.now(), 'For somebody else'),
      ];

      await world.publish(MessageStatusChanged, [ours, foreign]);
      await world.publish(MessageStatusChanged, [ours]);

      const [conversation] = await of(address);
      expect(await texts(conversation!.id)).toEqual(['patient: Hello', 'automation: For you']);
    });

    it('opens nothing by itself', async () => {
      const address = newId();
      const { id: patientId } = patients.admit([address]);
      await world.publish(MessageStatusChanged, [messaging.remind(address, patientId, await world.now())]);
      expect(await of(address)).toEqual([]);
    });
  });

  describe('a tap on a button', () => {
    it('names the patient on a shared telephone, with outcome and automatic answer', async () => {
      const address = newId();
      const [, child] = [patients.admit([address]), patients.admit([address])];
      const { token, appointmentId } = taking(child.id);
      const reminder = messaging.remind(address, child.id, await ago(2), 'For the child');

      const tap = await says(address, 'Confirm', { kind: 'button', token, replyTo: reminder });

      const [conversation] = await of(address);
      expect(conversation).toMatchObject({ patient_id: child.id, state: 'open' });
      expect(messaging.patientOf.get(tap)).toBe(child.id);
      expect(patients.confirmed).toContainEqual({ patientId: child.id, addressId: address });
      const { outcomes } = await conversations.transcriptOf(world.ctx, conversation!.id);
      expect(outcomes).toMatchObject([{ code: 'appointment-confirmed', appointmentId }]);
      expect(await waiting(conversation!.id)).toEqual([]);
    });

    it('about another patient begins a conversation of its own: no record holds two people', async () => {
      const address = newId();
      const [mother, child] = [patients.admit([address]), patients.admit([address])];
      const [first, second] = [taking(mother.id), taking(child.id)];
      await says(address, 'Confirm', { kind: 'button', token: first.token });
      const reminder = messaging.remind(address, child.id, await ago(1), 'For the child');

      await says(address, 'Confirm', { kind: 'button', token: second.token, replyTo: reminder });
      await says(address, 'Thank you');

      const [before, after] = await of(address);
      expect(before).toMatchObject({ patient_id: mother.id, state: 'closed', close_reason: 'other-patient' });
      expect(after).toMatchObject({ patient_id: child.id, state: 'open' });
      expect(patients.confirmed).toContainEqual({ patientId: child.id, addressId: address });
      expect(await texts(before!.id)).toEqual(['patient: Confirm']);
      expect(await texts(after!.id)).toEqual([
        'automation: For the child',
        'patient: Confirm',
        'patient: Thank you',
      ]);
    });

    it('does not lend its name to what others wrote before it', async () => {
      const address = newId();
      const [, child] = [patients.admit([address]), patients.admit([address])];
      await says(address, 'I have a question of my own');
      const { token } = taking(child.id);
      await says(address, 'Confirm', { kind: 'button', token });

      const [unnamed, named] = await of(address);
      expect(unnamed).toMatchObject({ patient_id: null, state: 'closed' });
      expect(named).toMatchObject({ patient_id: child.id, state: 'open' });
    });

    it('goes to the person who owns the conversation', async () => {
      const address = newId();
      const { id: patientId } = patients.admit([address]);
      await says(address, 'Hello');
      const [conversation] = await of(address);
      await http()
        .post(`${path(conversation!.id)}/assign`)
        .send({ assignee: 'staff_7' })
        .expect(200);
      const before = taps.length;

      await says(address, 'Confirm', { kind: 'button', token: taking(patientId).token });

      expect(taps).toHaveLength(before);
      expect(await waiting(conversation!.id)).toMatchObject([{ state: 'open' }]);
    });

    it('is tried again when its answer fails, and what comes behind it waits', async () => {
      const address = newId();
      const { id: patientId } = patients.admit([address]);
      const { token } = taking(patientId);
      failures = 1;
      await says(address, 'Confirm', { kind: 'button', token });
      await says(address, 'Are you there?');
      const [conversation] = await of(address);
      expect(await waiting(conversation!.id)).toEqual([]);

      await world.wait('31 seconds');

      expect(taps.at(-1)).toBe(token);
      expect(await waiting(conversation!.id)).toMatchObject([{ reason: 'no-automatic-answer' }]);
    });

    it('falls to a person when its answer fails for good', async () => {
      const address = newId();
      const { id: patientId } = patients.admit([address]);
      failures = 100;
      await says(address, 'Confirm', { kind: 'button', token: taking(patientId).token });
      for (let n = 0; n < 4; n++) await world.wait('20 minutes');

      const [conversation] = await of(address);
      expect(await waiting(conversation!.id)).toMatchObject([{ state: 'open', reason: 'answer-failed' }]);
      expect(failures).toBe(95);
    });
  });

  describe('an outcome that others report', () => {
    it('is kept once, with the newest conversation of that patient, also after it closed', async () => {
      const address = newId();
      const { id: patientId } = patients.admit([address]);
      await says(address, 'Hello');
      const [conversation] = await of(address);
      await http()
        .post(`${path(conversation!.id)}/close`)
        .expect(200);
      const outcome = {
        addressId: address,
        patientId,
        code: 'appointment-cancelled',
        appointmentId: newId(),
      };

      await conversations.recordOutcome(world.ctx, outcome);
      await conversations.recordOutcome(world.ctx, outcome);

      const { outcomes } = await conversations.transcriptOf(world.ctx, conversation!.id);
      expect(outcomes).toMatchObject([
        { code: 'appointment-cancelled', appointmentId: outcome.appointmentId },
      ]);
    });

    it('is not kept with another patient’s conversation', async () => {
      const address = newId();
      patients.admit([address]);
      await says(address, 'Hello');
      await conversations.recordOutcome(world.ctx, { addressId: address, patientId: newId(), code: 'x' });
      const [conversation] = await of(address);
      expect((await conversations.transcriptOf(world.ctx, conversation!.id)).outcomes).toEqual([]);
    });
  });

  describe('the end', () => {
    it('comes 24 hours after the last message, once', async () => {
      const address = newId();
      patients.admit([address]);
      await says(address, 'Hello');
      await world.wait('23 hours 59 minutes');
      expect(await of(address)).toMatchObject([{ state: 'open' }]);
      await says(address, 'One more thing');
      await world.wait('23 hours 59 minutes');
      expect(await of(address)).toMatchObject([{ state: 'open' }]);

      await world.wait('2 minutes');

      const [conversation] = await of(address);
      expect(conversation).toMatchObject({ state: 'closed', close_reason: 'idle' });
      expect(await waiting(conversation!.id)).toMatchObject([{ state: 'open' }]);
    });

    it('does not come while a message still waits for its answer', async () => {
      const address = newId();
      const { id: patientId } = patients.admit([address]);
      failures = 100;
      await says(address, 'Confirm', { kind: 'button', token: taking(patientId).token });
      await world.moveClock('25 hours');

      await world.get(Idle).claim(world.ctx);

      expect(await of(address)).toMatchObject([{ state: 'open' }]);
    });

    it('is followed by a new conversation when the patient writes again', async () => {
      const address = newId();
      patients.admit([address]);
      await says(address, 'Hello');
      await world.wait('25 hours');
      await says(address, 'Hello again');

      const [first, second] = await of(address);
      expect([first!.state, second!.state]).toEqual(['closed', 'open']);
      expect(await texts(second!.id)).toEqual(['patient: Hello again']);
    });
  });

  const http = () => request(world.app.getHttpServer());
  const path = (id: Uuid): string => `/v1/conversations/${publicId('cnv', id)}`;

  describe('staff', () => {
    const open = async (): Promise<{ id: Uuid; address: Uuid; patientId: Uuid }> => {
      const address = newId();
      const { id: patientId } = patients.admit([address]);
      await says(address, 'May I eat before?');
      return { id: (await of(address))[0]!.id, address, patientId };
    };

    it('answers within the window, sees what became of it, and the work item is done', async () => {
      const { id } = await open();

      const sent = await http()
        .post(`${path(id)}/messages`)
        .send({ text: 'Water is fine.' })
        .expect(202);
      expect(sent.body).toMatchObject({ id: expect.stringMatching(/^msg_/), state: 'ready' });

      const { body } = await http()
        .get(`${path(id)}/messages`)
        .expect(200);
      expect(body.data).toMatchObject([
        { by: 'patient', text: 'May I eat before?' },
        { by: 'staff', text: 'Water is fine.', state: 'ready' },
      ]);
      expect(await waiting(id)).toMatchObject([{ state: 'resolved', resolution: 'answered' }]);
      expect(await texts(id)).toEqual(['patient: May I eat before?']);
      expect((await world.audited('conversation.read')).length).toBeGreaterThan(0);
    });

    it.each(['window-closed', 'no-consent', 'withdrawn', 'deceased', 'inactive', 'not-linked'])(
      'is told why a reply may not leave: %s',
      async (reason) => {
        const { id } = await open();
        messaging.refusal = reason;
        const before = messaging.outbound.size;

        const { body } = await http()
          .post(`${path(id)}/messages`)
          .send({ text: 'Hello' })
          .expect(409);

        expect(body.code).toBe(reason);
        expect(messaging.outbound.size).toBe(before);
      },
    );

    it('cannot write into what has ended', async () => {
      const { id } = await open();
      await http()
        .post(`${path(id)}/close`)
        .expect(200);
      await http()
        .post(`${path(id)}/close`)
        .expect(200);
      const { body } = await http()
        .post(`${path(id)}/messages`)
        .send({ text: 'Hello' })
        .expect(409);
      expect(body.code).toBe('conversation.closed');
      expect(await waiting(id)).toMatchObject([{ state: 'resolved', resolution: 'conversation-closed' }]);
    });

    it('names the patient of a shared telephone, and the messages become that patient’s', async () => {
      const address = newId();
      const [mother] = [patients.admit([address]), patients.admit([address])];
      const said = await says(address, 'It is me');
      const [{ id }] = (await of(address)) as [Row];

      const pat = publicId('pat', mother.id);
      const { body } = await http()
        .post(`${path(id)}/assign`)
        .send({ patient: pat })
        .expect(200);

      expect(body.patient).toBe(pat);
      expect(messaging.patientOf.get(said)).toBe(mother.id);
      expect(patients.confirmed).toContainEqual({ patientId: mother.id, addressId: address });
    });

    it.each([
      ['nothing', {}, 400, 'conversation.nothing-to-assign'],
      [
        'a patient that does not exist',
        { patient: publicId('pat', newId()) },
        422,
        'conversation.unknown-patient',
      ],
      ['an owner with a name instead of an id', { assignee: 'Nurse Joy' }, 400, 'validation.failed'],
    ])('assigning %s is refused', async (_what, body, status, code) => {
      const { id } = await open();
      const answer = await http()
        .post(`${path(id)}/assign`)
        .send(body)
        .expect(status);
      expect(answer.body.code).toBe(code);
    });

    it('keeps sealed notes', async () => {
      const { id } = await open();
      await http()
        .post(`${path(id)}/notes`)
        .send({ text: 'Called back at noon' })
        .expect(201);

      const { body } = await http()
        .get(`${path(id)}/notes`)
        .expect(200);

      expect(body.data).toMatchObject([{ text: 'Called back at noon', author: 'key_desk' }]);
      const [note] = await world.rows<{ text_sealed: Buffer }>(
        'select text_sealed from conversations.note where conversation_id = $1',
        [id],
      );
      expect(note!.text_sealed.toString('latin1')).not.toContain('Called');
    });

    it('knows nothing of what the other hospital holds', async () => {
      const address = newId();
      patients.admit([address]);
      const said = messaging.arrive(address, { at: await world.now(), text: 'Hello' });
      await world.publish(MessageReceived, [said], world.hospitals[1]);
      const [theirs] = await of(address);

      for (const part of ['', '/messages', '/notes'])
        await http()
          .get(path(theirs!.id) + part)
          .expect(404);
      for (const act of ['messages', 'notes']) {
        await http()
          .post(`${path(theirs!.id)}/${act}`)
          .send({ text: 'Hello' })
          .expect(404);
      }
      await http()
        .post(`${path(theirs!.id)}/assign`)
        .send({ assignee: 'x' })
        .expect(404);
      await http()
        .post(`${path(theirs!.id)}/close`)
        .expect(404);
    });

    it('finds conversations by patient and state', async () => {
      const { id, patientId } = await open();
      const pat = publicId('pat', patientId);
      const { body } = await http().get(`/v1/conversations?state=open&patient=${pat}`).expect(200);
      expect(body.data.map((one: { id: string }) => one.id)).toEqual([publicId('cnv', id)]);
      await http().get(path(newId())).expect(404);
    });

    it.each([[{}], [{ text: '' }], [{ text: '   ' }], [{ text: 'x'.repeat(4_097) }], [{ text: 7 }]])(
      'sending %j is bad input',
      async (body) => {
        const { id } = await open();
        await http()
          .post(`${path(id)}/messages`)
          .send(body)
          .expect(400);
      },
    );
  });
});
