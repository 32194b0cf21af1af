import type { Conversation } from '../model.js';
import {
  BUSINESS,
  NOW,
  NUMBER,
  PATIENT,
  reminder,
  startBench,
  text,
  type Bench,
} from '../testing/sandbox.fake.js';
import { isWindowOpen } from './window.js';

describe("the patients' phones", () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const act = (name: string, body: object = {}) =>
    bench.control('POST', `/contacts/${PATIENT}/${name}`, { phone_number_id: NUMBER, ...body });
  const lastMessage = async () => {
    await bench.idle();
    return bench.receiver.messages().at(-1);
  };
  const buttons = (...titles: string[]) => ({
    type: 'interactive',
    interactive: {
      type: 'button',
      body: { text: 'Shall we call?' },
      action: { buttons: titles.map((title) => ({ type: 'reply', reply: { id: `id of ${title}`, title } })) },
    },
  });

  test('a text arrives with sender, name and timestamp', async () => {
    await bench.control('POST', '/contacts', { wa_id: PATIENT, name: 'Ana' });
    const { body } = await bench.say('oi', { timestamp: 1790000001 });
    expect(await lastMessage()).toEqual({
      from: PATIENT,
      from_user_id: expect.stringMatching(/^US\.\d+$/),
      id: body.wamid,
      timestamp: '1790000001',
      type: 'text',
      text: { body: 'oi' },
    });
    expect(bench.receiver.values()[0].contacts).toEqual([
      { profile: { name: 'Ana' }, wa_id: PATIENT, user_id: expect.any(String) },
    ]);
  });

  test('a tap on a template answers with the payload of that send, the text and the context', async () => {
    const { body } = await bench.send(reminder({ payloads: ['token-a', 'token-b'] }));
    await act('tap', { index: 1 });
    expect(await lastMessage()).toMatchObject({
      type: 'button',
      button: { payload: 'token-b', text: 'Cancel' },
      context: { from: '12125550100', id: body.messages[0].id },
    });
  });

  test('a tap goes to the newest message with buttons unless another is named', async () => {
    const first = (await bench.send(reminder({ payloads: ['old-a', 'old-b'] }))).body.messages[0].id;
    await bench.send(reminder({ payloads: ['new-a', 'new-b'] }));
    await act('tap', { title: 'Confirm' });
    expect((await lastMessage()).button.payload).toBe('new-a');
    await act('tap', { wamid: first, title: 'Confirm' });
    expect((await lastMessage()).button.payload).toBe('old-a');
  });

  test('a tap on a reply button and on a list row come as interactive', async () => {
    await bench.say('Hello');
    await bench.send(buttons('Yes', 'No'));
    await act('tap', { title: 'No' });
    expect(await lastMessage()).toMatchObject({
      type: 'interactive',
      interactive: { type: 'button_reply', button_reply: { id: 'id of No', title: 'No' } },
    });

    const rows = [{ id: 'slot.9f', title: 'Tue 10:30', description: 'Room 2' }];
    const list = { type: 'list', body: { text: 'When?' }, action: { button: 'Days', sections: [{ rows }] } };
    await bench.send({ type: 'interactive', interactive: list });
    await act('tap');
    expect((await lastMessage()).interactive).toEqual({ type: 'list_reply', list_reply: rows[0] });
  });

  test('a button that is not there cannot be tapped', async () => {
    expect((await act('tap')).status).toBe(404);
    const wamid = (await bench.send(reminder())).body.messages[0].id;
    expect((await act('tap', { index: 2 })).status).toBe(404);
    expect(
      (await bench.control('POST', '/contacts/12125550143/tap', { phone_number_id: NUMBER, wamid })).status,
    ).toBe(404);
  });

  test('any other inbound message can be sent raw; system messages carry no contacts', async () => {
    await act('raw', { message: { type: 'image', image: { id: '700800900', mime_type: 'image/jpeg' } } });
    expect(await lastMessage()).toMatchObject({ type: 'image', from: PATIENT });
    const system = { type: 'user_changed_number', body: 'changed', wa_id: '12125550149' };
    await act('raw', { message: { type: 'system', system } });
    expect(await lastMessage()).toMatchObject({ type: 'system', system });
    expect(bench.receiver.values().at(-1)).not.toHaveProperty('contacts');
  });

  test('a raw message may carry its own id, so that the same one comes twice', async () => {
    const message = { id: 'wamid.SAME', type: 'text', text: { body: 'again' } };
    expect((await act('raw', { message })).body).toEqual({ wamid: 'wamid.SAME' });
    await act('raw', { message });
    await bench.idle();
    expect(bench.receiver.messages().map(({ id }) => id)).toEqual(['wamid.SAME', 'wamid.SAME']);
  });

  describe('the customer service window', () => {
    const at = (offsetMs: number) =>
      bench.control('POST', '/clock', { set: new Date(NOW.getTime() + offsetMs).toISOString() });
    const DAY = 24 * 60 * 60 * 1000;
    const answer = async () => (await bench.send(text('Hello'))).body.error?.code ?? 'accepted';
    const openedNow = () => bench.say('Hello', { timestamp: NOW.getTime() / 1000 });

    test('is open for 24 hours from the timestamp of the last message, to the second', async () => {
      await openedNow();
      await at(DAY - 1000);
      expect(await answer()).toBe('accepted');
      await at(DAY);
      expect(await answer()).toBe(131047);
      await at(DAY + 1000);
      expect(await answer()).toBe(131047);
    });

    test('is opened again by a tap', async () => {
      await bench.send(reminder());
      expect(await answer()).toBe(131047);
      await act('tap');
      expect(await answer()).toBe('accepted');
    });

    test('is not opened by a template, a read, a system message or an older timestamp', async () => {
      await bench.send(reminder());
      await bench.idle();
      await act('read');
      await act('raw', { message: { type: 'system', system: { type: 'user_changed_number' } } });
      await bench.say('late', { timestamp: '2026-11-21T06:00:00Z' });
      expect(await answer()).toBe(131047);
    });

    test('is not shortened by an older message that comes late', async () => {
      await openedNow();
      await bench.say('late', { timestamp: '2026-11-21T06:00:00Z' });
      expect(await answer()).toBe('accepted');
    });

    test('is closed at the very 24th hour', () => {
      const conversation = { lastInboundAt: NOW.getTime() } as Conversation;
      expect(isWindowOpen(conversation, new Date(NOW.getTime() + DAY - 1))).toBe(true);
      expect(isWindowOpen(conversation, new Date(NOW.getTime() + DAY))).toBe(false);
    });

    test('belongs to one number and one patient', async () => {
      await openedNow();
      expect((await bench.send({ ...text('Hello'), to: '12125550143' })).body.error.code).toBe(131047);
    });
  });

  describe('a patient with a username who hides the phone', () => {
    const userId = async () => {
      const { body } = await bench.control('POST', '/contacts', {
        wa_id: PATIENT,
        name: 'Rui',
        username: 'rui.c',
        hide_phone: true,
      });
      return body.user_ids[BUSINESS] as string;
    };

    test('writes without a phone anywhere', async () => {
      const id = await userId();
      await bench.say('ola');
      const message = await lastMessage();
      expect(message).toMatchObject({ from_user_id: id });
      expect(JSON.stringify(bench.receiver.values())).not.toContain(PATIENT);
      expect(bench.receiver.values()[0].contacts).toEqual([
        { profile: { name: 'Rui', username: 'rui.c' }, user_id: id },
      ]);
    });

    test('is reached by the user id, answered and reported without a phone', async () => {
      const id = await userId();
      await bench.say('ola');
      const { body } = await bench.send({ to: undefined, recipient: id, ...text('Obrigado') });
      expect(body.contacts).toEqual([{ input: id, user_id: id }]);
      await bench.idle();
      const statuses = bench.receiver.values().filter(({ statuses }) => statuses);
      expect(
        statuses.map(({ statuses: [status], contacts: [contact] }) => [
          status.status,
          status.recipient_user_id,
          contact.profile.username,
        ]),
      ).toEqual([
        ['sent', id, undefined],
        ['delivered', id, 'rui.c'],
      ]);
      expect(JSON.stringify(statuses)).not.toContain(PATIENT);
    });

    test('is named by the user id when a message to it fails', async () => {
      const id = await userId();
      await bench.say('ola');
      await bench.control('POST', '/faults', { name: 'fail-later', count: 1 });
      await bench.send({ to: undefined, recipient: id, ...text('Obrigado') });
      await bench.idle();
      expect(bench.receiver.statuses()).toMatchObject([{ status: 'failed', recipient_user_id: id }]);
    });

    test('has the phone in the answer when both are given: the phone wins', async () => {
      const id = await userId();
      const { body } = await bench.send({ ...reminder(), recipient: id });
      expect(body.contacts).toEqual([{ input: PATIENT, wa_id: PATIENT }]);
    });
  });
});
