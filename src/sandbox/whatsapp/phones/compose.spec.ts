import { NUMBER, PATIENT, startBench, text, type Bench } from '../testing/sandbox.fake.js';

describe('what a phone can send', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const act = (name: string, given: object) =>
    bench.control('POST', `/contacts/${PATIENT}/${name}`, { phone_number_id: NUMBER, ...given });
  const arrived = async (given: object) => {
    const { body } = await act('send', given);
    await bench.idle();
    const message = bench.receiver.messages().at(-1);
    expect(message.id).toBe(body.wamid);
    return message;
  };
  const file = { id: expect.stringMatching(/^\d+$/), sha256: expect.stringMatching(/^[\w+/]{43}=$/) };

  test.each<[object, object]>([
    [
      { type: 'text', text: 'oi' },
      { type: 'text', text: { body: 'oi' } },
    ],
    [
      { type: 'button', payload: 'a1.Zk', text: 'Confirm' },
      { type: 'button', button: { payload: 'a1.Zk', text: 'Confirm' } },
    ],
    [
      { type: 'button_reply', id: 'a1.p0', title: 'Cancel' },
      {
        type: 'interactive',
        interactive: { type: 'button_reply', button_reply: { id: 'a1.p0', title: 'Cancel' } },
      },
    ],
    [
      { type: 'list_reply', id: 'slot.9f', title: 'Tue', description: 'Room 2' },
      {
        type: 'interactive',
        interactive: {
          type: 'list_reply',
          list_reply: { id: 'slot.9f', title: 'Tue', description: 'Room 2' },
        },
      },
    ],
    [
      { type: 'nfm_reply', response: { flow_token: 'f.77' } },
      { interactive: { nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"flow_token":"f.77"}' } } },
    ],
    [{ type: 'nfm_reply', response: '[1]' }, { interactive: { nfm_reply: { response_json: '[1]' } } }],
    [
      { type: 'image', caption: 'exam' },
      { type: 'image', image: { ...file, mime_type: 'image/jpeg', caption: 'exam' } },
    ],
    [
      { type: 'audio', voice: true },
      { type: 'audio', audio: { ...file, voice: true } },
    ],
    [
      { type: 'document', filename: 'a.pdf' },
      { type: 'document', document: { ...file, mime_type: 'application/pdf', filename: 'a.pdf' } },
    ],
    [
      { type: 'location', latitude: 1.5, longitude: 2.5, name: 'Home' },
      { type: 'location', location: { latitude: 1.5, longitude: 2.5, name: 'Home' } },
    ],
    [
      { type: 'reaction', wamid: 'wamid.X', emoji: '👍' },
      { type: 'reaction', reaction: { message_id: 'wamid.X', emoji: '👍' } },
    ],
    [
      { type: 'unsupported', unsupported_type: 'edit' },
      { type: 'unsupported', errors: [{ code: 131051 }], unsupported: { type: 'edit' } },
    ],
  ])('%j', async (given, expected) => {
    const message = await arrived(given);
    expect(message).toMatchObject({ from: PATIENT, ...expected });
    expect(message).not.toHaveProperty('context');
  });

  test('a reaction that is taken back has no emoji', async () => {
    expect((await arrived({ type: 'reaction', wamid: 'wamid.X' })).reaction).toEqual({
      message_id: 'wamid.X',
    });
  });

  test('a contact that was asked for is the own number; one that is passed on is not', async () => {
    const own = await arrived({ type: 'contacts' });
    expect(own.contacts).toEqual([
      { origin: 'contact_request', phones: [{ phone: `+${PATIENT}`, wa_id: PATIENT, type: 'CELL' }] },
    ]);
    const phones = [{ phone: '+442079460001' }];
    const other = await arrived({ type: 'contacts', origin: 'other', phones, vcard: 'BEGIN:VCARD' });
    expect(other.contacts).toMatchObject([{ origin: 'other', phones, vcard: 'BEGIN:VCARD' }]);
  });

  test('a message quotes, is forwarded, and comes from an advertisement', async () => {
    const quoting = await arrived({ type: 'text', text: 'yes', quoted: 'wamid.OUT1' });
    expect(quoting.context).toEqual({ from: '12125550100', id: 'wamid.OUT1' });
    const forwarded = await arrived({ type: 'image', forwarded: true, frequently_forwarded: true });
    expect(forwarded.context).toEqual({ forwarded: true, frequently_forwarded: true });
    const referred = await arrived({ type: 'text', text: 'hi', referral: { source_type: 'post' } });
    expect(referred.referral).toMatchObject({ source_type: 'post', source_url: expect.any(String) });
  });

  test('any of them opens the customer service window', async () => {
    expect((await bench.send(text('Hello'))).body.error.code).toBe(131047);
    await arrived({ type: 'location' });
    expect((await bench.send(text('Hello'))).status).toBe(200);
  });

  test('a type that no phone has is refused', async () => {
    expect((await act('send', { type: 'telegram' })).status).toBe(400);
  });

  test('a null takes away what a raw message has otherwise', async () => {
    await act('raw', { message: { type: 'text', text: { body: 'x' }, from: null, from_user_id: null } });
    await bench.idle();
    expect(Object.keys(bench.receiver.messages()[0])).toEqual(['id', 'timestamp', 'type', 'text']);
  });
});
