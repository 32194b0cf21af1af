import { NUMBER, PATIENT, reminder, startBench, textParameter, type Bench } from '../testing/sandbox.fake.js';
import { signatureOf } from '../webhooks/signature.js';

const OTHER = '100200301';

describe('the summary of what came in', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench([{}, { phoneNumberId: OTHER, displayPhoneNumber: '+1 212 555 0101' }]);
  });
  afterEach(() => bench.close());

  const summary = async (query = '') => (await bench.control('GET', `/summary${query}`)).body.data;
  const send = (callbackData: string, time: string, to = PATIENT) => {
    const parameters = ['Asha', 'Harbour General', 'Tue 24 Nov', time, 'Block B'].map(textParameter);
    return bench.send({ ...reminder({ parameters }), to, biz_opaque_callback_data: callbackData });
  };

  test('counts attempts, what was accepted, refused and lost, for each number', async () => {
    await send('a1', '10:00');
    await bench.send(reminder({ name: 'unknown' }));
    await bench.send({ status: 'read', message_id: 'wamid.X' });
    await bench.control('POST', '/faults', { name: 'drop-all-sends', count: 1 });
    await expect(send('a2', '11:00')).rejects.toThrow();
    await bench.control('POST', '/faults', { name: 'drop-answer', count: 1 });
    await expect(send('a3', '12:00', '12125550143')).rejects.toThrow();
    expect(await summary()).toMatchObject([
      {
        phone_number_id: NUMBER,
        attempts: 4,
        accepted: 2,
        refused: 1,
        dropped: 1,
        unanswered: 2,
        read_receipts: 1,
        codes: { 132001: 1 },
        messages: 2,
        recipients: 2,
        duplicates_by_callback_data: { extra: 0, sets: [] },
        duplicates_by_content: { extra: 0, sets: [] },
      },
      { phone_number_id: OTHER, attempts: 0, messages: 0 },
    ]);
    expect(await summary(`?phone_number_id=${OTHER}`)).toHaveLength(1);
  });

  test('finds who got the same callback data, or the same words under another one, more than once', async () => {
    const first = (await send('a1', '10:00')).body.messages[0].id;
    const again = (await send('a2', '10:00')).body.messages[0].id;
    await send('a3', '10:00', '12125550143');
    const [mine] = await summary();
    expect(mine.duplicates_by_callback_data.extra).toBe(0);
    expect(mine.duplicates_by_content).toEqual({ extra: 1, sets: [{ to: PATIENT, wamids: [first, again] }] });
    await send('a1', '11:00');
    expect((await summary())[0].duplicates_by_callback_data).toMatchObject({
      extra: 1,
      sets: [{ to: PATIENT }],
    });
  });
});

describe('a history of many pages', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  test('is walked by next, also when a filter leaves entries out', async () => {
    for (let n = 0; n < 9; n += 1)
      await bench.send({ ...reminder(), to: n % 2 === 0 ? PATIENT : '12125550143' });
    const seen: number[] = [];
    for (let next: number | null = 0; next !== null;) {
      const { body } = await bench.control('GET', `/messages?to=${PATIENT}&limit=2&since=${next}`);
      seen.push(...body.data.map(({ n }: { n: number }) => n));
      next = body.next;
    }
    expect(seen).toEqual([1, 3, 5, 7, 9]);
  });
});

describe('twenty numbers of four businesses in one process', () => {
  test('each has its own token and signs with its own secret', async () => {
    const numbers = Array.from({ length: 20 }, (_, n) => ({
      phoneNumberId: `1002003${String(n).padStart(2, '0')}`,
      displayPhoneNumber: `+44 20 7946 00${String(n).padStart(2, '0')}`,
      businessAccountId: `90${n % 4}`,
      accessToken: `token-${n}`,
      appSecret: `secret-${n}`,
    }));
    const bench = await startBench(numbers);
    await Promise.all(
      numbers.map(({ phoneNumberId, accessToken }) =>
        bench.graph(
          'POST',
          `/${phoneNumberId}/messages`,
          { messaging_product: 'whatsapp', to: PATIENT, ...reminder() },
          accessToken,
        ),
      ),
    );
    await bench.idle();
    const data = (await bench.control('GET', '/summary')).body.data;
    expect(data.map(({ accepted }: { accepted: number }) => accepted)).toEqual(Array(20).fill(1));
    expect(bench.receiver.received).toHaveLength(40);
    for (const { body, bytes, headers } of bench.receiver.received) {
      const [{ id, changes }] = body.entry;
      const number = numbers.find(
        ({ phoneNumberId }) => phoneNumberId === changes[0].value.metadata.phone_number_id,
      )!;
      expect(id).toBe(number.businessAccountId);
      expect(headers['x-hub-signature-256']).toBe(signatureOf(number.appSecret, bytes));
    }
    await bench.close();
  });
});
