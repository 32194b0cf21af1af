import { NUMBER, PATIENT, reminder, startBench, text, type Bench } from '../testing/sandbox.fake.js';
import { signatureOf } from './signature.js';

describe('the statuses of a message', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const names = () => bench.receiver.statuses().map(({ status }) => status);

  test('come as sent, then delivered, each with our own callback data', async () => {
    const { body } = await bench.send({ ...reminder(), biz_opaque_callback_data: 'attempt-1' });
    await bench.idle();
    const wamid = body.messages[0].id;
    expect(bench.receiver.statuses()).toMatchObject([
      {
        id: wamid,
        status: 'sent',
        recipient_id: PATIENT,
        recipient_user_id: expect.stringMatching(/^US\./),
        biz_opaque_callback_data: 'attempt-1',
      },
      {
        id: wamid,
        status: 'delivered',
        biz_opaque_callback_data: 'attempt-1',
        pricing: { billable: true, pricing_model: 'PMP', category: 'utility' },
      },
    ]);
    expect(bench.receiver.values()[0]).toMatchObject({
      metadata: { display_phone_number: '12125550100', phone_number_id: NUMBER },
      contacts: [{ wa_id: PATIENT, user_id: expect.stringMatching(/^US\./) }],
    });
  });

  test('are signed over the very bytes that arrive', async () => {
    await bench.control('POST', '/contacts', { wa_id: PATIENT, name: 'Zoë 😀' });
    await bench.send(reminder());
    await bench.idle();
    for (const { headers, bytes } of bench.receiver.received) {
      expect(headers['x-hub-signature-256']).toBe(signatureOf('sandbox-secret', bytes));
      expect(headers['user-agent']).toBe('facebookexternalua');
      expect(bytes.toString('latin1')).toContain('Zo\\u00eb \\ud83d\\ude00');
    }
  });

  test('read comes when the patient opens the chat, once', async () => {
    await bench.send(reminder());
    await bench.idle();
    const read = () => bench.control('POST', `/contacts/${PATIENT}/read`, { phone_number_id: NUMBER });
    expect((await read()).body).toEqual({ read: 1 });
    expect((await read()).body).toEqual({ read: 0 });
    await bench.idle();
    expect(names()).toEqual(['sent', 'delivered', 'read']);
    expect(bench.receiver.statuses().at(-1)).not.toHaveProperty('pricing');
  });

  test('read comes by itself when the setting says so', async () => {
    await bench.control('POST', '/settings', { auto_read: true });
    await bench.send(reminder());
    await bench.idle();
    expect(names()).toEqual(['sent', 'delivered', 'read']);
  });

  test('a message that fails later tells its code, without contacts or user id', async () => {
    await bench.control('POST', '/faults', { name: 'fail-later', count: 1, code: 131026 });
    expect((await bench.send(reminder())).status).toBe(200);
    await bench.idle();
    expect(bench.receiver.values()[0]).not.toHaveProperty('contacts');
    const [status] = bench.receiver.statuses();
    expect(status).toMatchObject({
      status: 'failed',
      recipient_id: PATIENT,
      errors: [{ code: 131026, title: 'Message undeliverable' }],
    });
    expect(status).not.toHaveProperty('recipient_user_id');
    expect(status).not.toHaveProperty('pricing');
    expect((await bench.control('GET', '/messages')).body.data[0]).toMatchObject({
      error_code: 131026,
      statuses: { failed: expect.any(String) },
    });
  });

  test('replies are free until the end of September 2026 and charged from then on', async () => {
    const pricing = async (now: string) => {
      await bench.control('POST', '/clock', { set: now });
      await bench.say('Hello');
      await bench.send(text('Hello'));
      await bench.idle();
      return bench.receiver.statuses().at(-1).pricing;
    };
    expect(await pricing('2026-09-30T23:00:00Z')).toMatchObject({
      billable: false,
      type: 'free_customer_service',
      category: 'service',
    });
    expect(await pricing('2026-10-01T00:00:00Z')).toMatchObject({
      billable: true,
      type: 'regular',
      category: 'service',
    });
  });
});
