import fc from 'fast-check';
import { ConversationsModule } from '../../../../src/care/conversations/index.js';
import { nodesOf, replaced } from '../../../support/json-nodes.js';
import { startBench, type Bench, type Told } from './support/bench.js';
import { asMeta, deliverSigned, FIXTURES, fixture, textFrom } from './support/post.js';

describe('webhooks that mean harm', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench({ also: [ConversationsModule] });
  });
  afterAll(() => bench.close());

  const post = async (bytes: Buffer): Promise<number> => (await deliverSigned(bench, bytes)).status;
  /** Whatever was taken has been worked: nothing waits for another try, nothing was given up. */
  const nothingIsStuck = async (): Promise<void> => {
    await bench.settle();
    expect(
      await bench.sql(
        `select state, tries, field from messaging.inbox where state <> 'done' and number_id is null`,
      ),
    ).toEqual([]);
    expect(await bench.sql(`select 1 from messaging.inbox where tries > 0`)).toEqual([]);
    expect(await bench.sql(`select 1 from graphile_worker.jobs where last_error is not null`)).toEqual([]);
  };

  it('are refused when they are cut off, wherever', async () => {
    const bytes = asMeta(fixture('text'));
    const lengths = Array.from({ length: bytes.length }, (_, length) => length);
    for (let at = 0; at < lengths.length; at += 50) {
      const statuses = await Promise.all(
        lengths.slice(at, at + 50).map((length) => post(bytes.subarray(0, length))),
      );
      expect(new Set(statuses)).toEqual(new Set([400]));
    }
  });

  it.each<[string, Buffer, number]>([
    ['with a byte order mark', Buffer.from(`\ufeff${JSON.stringify(fixture('text'))}`), 400],
    ['in UTF-16', Buffer.from(JSON.stringify(fixture('text')), 'utf16le'), 400],
    [
      'with bytes that are no UTF-8',
      Buffer.concat([Buffer.from('{"entry":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
      200,
    ],
    ['without a body', Buffer.alloc(0), 400],
    ['that are a list', Buffer.from('[]'), 200],
    ['that are null', Buffer.from('null'), 200],
    ['that are a number beyond all numbers', Buffer.from('1e400000'), 200],
    ['65 levels deep', Buffer.from('['.repeat(65) + ']'.repeat(65)), 400],
    ['64 levels deep', Buffer.from('['.repeat(64) + ']'.repeat(64)), 200],
    ['that are nothing but open brackets', Buffer.from('['.repeat(3_000_000)), 400],
    ['with a key of a prototype', Buffer.from('{"entry":[{"__proto__":{"id":"1"}}]}'), 400],
    ['with the same in escapes', Buffer.from(String.raw`{"entry":[{"\u005f_proto__":{"id":"1"}}]}`), 400],
    ['with 5 MB', Buffer.from(JSON.stringify({ x: 'x'.repeat(5 * 1024 * 1024) })), 413],
  ])('%s are answered', async (_, bytes, status) => {
    expect(await post(bytes)).toBe(status);
  });

  it('with a key twice count the last one', async () => {
    const text = JSON.stringify(textFrom('12125550160', 'wamid.TWICE', 'second'));
    expect(await post(Buffer.from(text.replace('"body":', '"body":"first","body":')))).toBe(200);
    await nothingIsStuck();
    expect(await told('12125550160')).toEqual(['second']);
  });

  it('of which any part is any JSON are taken, and none is stuck', async () => {
    const files = FIXTURES.map(fixture);
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(
        '\u0000',
        '\ud800',
        '\u202e',
        9e15,
        1e300,
        -1,
        '9'.repeat(400),
        'x'.repeat(70_000),
        '0',
      ),
    );
    const hostile = fc
      .nat(files.length - 1)
      .chain((index) => fc.tuple(fc.constant(files[index]), fc.constantFrom(...nodesOf(files[index])), odd))
      .map(([file, path, value]) => asMeta(replaced(file, path, value)));
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 20, maxLength: 20 }), async (bodies) => {
        const statuses = await Promise.all(bodies.map(post));
        for (const [index, status] of statuses.entries()) {
          // A key that is never allowed may be among what is made up: then, and then alone, it may be refused.
          const isForbidden = /__proto__|constructor/.test(bodies[index]!.toString());
          expect(isForbidden ? [200, 400] : [200]).toContain(status);
        }
      }),
      // A failure is told as it was found: shrinking it would post thousands of bodies more.
      { numRuns: 50, endOnFailure: true },
    );
    await nothingIsStuck();
  });

  it('with every node of every recorded webhook of a wrong type are taken, and none is stuck', async () => {
    for (const name of FIXTURES) {
      const file = fixture(name);
      const wrong = nodesOf(file).flatMap((path) =>
        [null, 7, 'text', [], {}, true].map((value) => asMeta(replaced(file, path, value))),
      );
      const statuses = new Set(await Promise.all(wrong.map(post)));
      expect([name, ...statuses]).toEqual([name, 200]);
    }
    await nothingIsStuck();
  });

  it('with 3 MB in one change are one row, and a thousand statuses of one body are all worked', async () => {
    const statuses = Array.from({ length: 1_000 }, (_, n) => ({
      id: `wamid.MANY${n}`,
      status: 'delivered',
      timestamp: '1790000300',
      recipient_id: '12125550142',
      filler: 'x'.repeat(3_000),
    }));
    const many = fixture('status-sent');
    many.entry[0].changes[0].value.statuses = statuses;
    const [{ n: before }] = await bench.sql('select count(*)::int as n from messaging.inbox');
    expect(await post(asMeta(many))).toBe(200);
    const [{ n: after }] = await bench.sql('select count(*)::int as n from messaging.inbox');
    expect(after).toBe(before + 1);
    await nothingIsStuck();
    const [{ n }] = await bench.sql('select count(*)::int as n from messaging.early_status');
    expect(n).toBeGreaterThanOrEqual(1_000);
  });

  describe('in their words', () => {
    const MALAYALAM = 'നാളെ രാവിലെ വരാം, ഡോക്ടറോട് പറയൂ';
    const FAMILY = '👩\u200d👩\u200d👧 👍🏽 🇮🇳';
    it.each([
      ['Malayalam', '12125550161', MALAYALAM, MALAYALAM],
      ['emoji with joiners and tones', '12125550162', FAMILY, FAMILY],
      ['bidi controls', '12125550163', 'a\u202eb\u2066c\u2069', 'a\u202eb\u2066c\u2069'],
      ['NUL, which leaves', '12125550164', 'be\u0000fore', 'before'],
      [
        'a lone surrogate, which becomes the mark for what cannot be read',
        '12125550165',
        'half \ud83d',
        'half \ufffd',
      ],
      ['zero-width and combining marks', '12125550166', 'cafe\u0301\u200b', 'caf\u00e9\u200b'],
      ['markup', '12125550167', '<b>"hi"</b> {{1}} \\', '<b>"hi"</b> {{1}} \\'],
    ])('are shown as sent: %s', async (_, waId, sent, shown) => {
      expect(await post(asMeta(textFrom(waId, `wamid.${waId}`, sent)))).toBe(200);
      await nothingIsStuck();
      expect(await told(waId)).toEqual([shown]);
    });
  });

  /** What a person at the hospital reads in the newest conversation. */
  async function told(waId: string): Promise<string[]> {
    const [{ address_id: addressId }] = await bench.sql(
      `select r.address_id from messaging.received r order by r.received_at desc, r.id desc limit 1`,
    );
    const get = async (path: string): Promise<Told> => {
      const answer = await fetch(bench.url + path, {
        headers: { authorization: `Bearer ${bench.apiKey}`, 'x-organization': 'st-marys' },
      });
      expect([path, answer.status]).toEqual([path, 200]);
      return answer.json();
    };
    const recipient = await bench.recipientOf(addressId);
    expect(recipient).toEqual({ to: waId });
    const [{ id }] = await bench.sql('select id from conversations.conversation where address_id = $1', [
      addressId,
    ]);
    const { data } = await get(`/v1/conversations/${bench.publicId('cnv', id)}/messages`);
    return data.map(({ text }: { text: string }) => text);
  }
});
