import { VaultFacade } from '../../../../src/foundation/vault/index.js';
import { signatureOf } from '../../../../src/exchange/messaging/domain/signature.js';
import { elapse, HARBOUR, SECRETS, ST_MARYS, startBench, type Bench, type Told } from './support/bench.js';
import { asMeta, deliver, deliverSigned, fixture, post as postOnce } from './support/post.js';

/** How long a changed secret may stay unseen. */
const KEYRING_FRESH_MS = 5_000;

describe('the webhook of the Cloud API', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.close());

  const post = (bytes: Buffer, signature: string | undefined): Promise<Response> =>
    deliver(() => postOnce(bench, bytes, signature));
  const signed = (bytes: Buffer, number = ST_MARYS): Promise<Response> => deliverSigned(bench, bytes, number);
  const count = async (table: string): Promise<number> =>
    (await bench.sql(`select count(*)::int as n from messaging.${table}`))[0].n;
  const stored = async (): Promise<number> => count('inbox');
  const handshake = (query: string): Promise<Response> => fetch(`${bench.url}/webhooks/whatsapp?${query}`);

  describe('when Meta shakes hands', () => {
    it('answers the challenge in plain text to the right token', async () => {
      const answer = await handshake(
        `hub.mode=subscribe&hub.verify_token=verify-${HARBOUR}&hub.challenge=1158201444`,
      );
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(await answer.text()).toBe('1158201444');
    });

    it.each([
      'hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1158201444',
      `hub.mode=unsubscribe&hub.verify_token=verify-${ST_MARYS}&hub.challenge=1158201444`,
      `hub.mode=subscribe&hub.verify_token=verify-${ST_MARYS}&hub.challenge=%3Cscript%3E`,
      'hub.mode=subscribe&hub.verify_token=&hub.challenge=1',
      '',
    ])('refuses %#', async (query) => {
      const answer = await handshake(query);
      expect(answer.status).toBe(403);
      expect(await answer.text()).not.toContain('1158201444');
    });
  });

  describe('when a body comes', () => {
    it('stores one sealed row per change before it says 200', async () => {
      const before = await stored();
      const answer = await signed(asMeta(fixture('text')));
      expect(answer.status).toBe(200);
      expect(await stored()).toBe(before + 1);
      const [{ change_sealed: sealed, day }] = await bench.sql(
        `select change_sealed, day::text as day from messaging.inbox order by received_at desc limit 1`,
      );
      expect(sealed.toString('latin1')).not.toContain('12125550142');
      expect(day).toBe('2026-09-21');
    });

    it('keeps a retry once, on the same day and later', async () => {
      const bytes = asMeta(fixture('button'));
      await signed(bytes);
      await bench.settle();
      const [rows, messages] = [await stored(), await count('received')];
      for (let n = 0; n < 3; n++) expect((await signed(bytes)).status).toBe(200);
      const rebatched = fixture('button');
      rebatched.entry[0].time = 1_790_600_000;
      expect((await signed(asMeta(rebatched))).status).toBe(200);
      await bench.settle();
      expect(await stored()).toBe(rows + 1);
      expect(await count('received')).toBe(messages);
    });

    it.each([
      ['missing', undefined],
      ['of SHA-1', 'sha1=b6978b21c4467654c466607663db9b43fae44b71'],
      ['in upper case', `sha256=${'A'.repeat(64)}`],
      ['one digit short', `sha256=${'a'.repeat(63)}`],
      ['wrong', `sha256=${'0'.repeat(64)}`],
    ])('refuses a signature that is %s, stores nothing and leaves a trace', async (_, signature) => {
      const before = await stored();
      const audited = async (): Promise<number> =>
        (
          await bench.sql(
            `select count(*)::int as n from audit.event where organization_id = '00000000-0000-0000-0000-000000000000'`,
          )
        )[0].n;
      const traces = await audited();
      const answer = await post(asMeta(fixture('text')), signature);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(await stored()).toBe(before);
      expect(await audited()).toBe(traces + 1);
    });

    it('refuses the signature of the same JSON written again', async () => {
      const bytes = asMeta(fixture('text'));
      const again = Buffer.from(JSON.stringify(JSON.parse(bytes.toString())));
      expect(again.equals(bytes)).toBe(false);
      expect((await post(bytes, signatureOf(SECRETS[ST_MARYS]!, again))).status).toBe(401);
    });

    it('takes 3 MB and refuses 5 MB', async () => {
      const large = fixture('text');
      large.entry[0].changes[0].value.filler = 'x'.repeat(3 * 1024 * 1024);
      expect((await signed(asMeta(large))).status).toBe(200);
      large.entry[0].changes[0].value.filler = 'x'.repeat(5 * 1024 * 1024);
      expect((await signed(asMeta(large))).status).toBe(413);
    });

    it.each([
      ['not JSON', '{"object":'],
      ['nested too deep', `${'['.repeat(65)}${']'.repeat(65)}`],
      ['with a key that is never allowed', '{"entry":[{"__proto__":{"changes":[]}}]}'],
    ])('refuses what is well signed but %s', async (_, text) => {
      const before = await stored();
      expect((await signed(Buffer.from(text))).status).toBe(400);
      expect(await stored()).toBe(before);
    });

    it.each([
      'unknown-field',
      'unknown-type',
      'status-unknown',
      'errors-only',
      'nobody',
      'group',
      'nfm-reply',
    ])('says 200 to %s, and nothing breaks', async (name) => {
      expect((await signed(asMeta(fixture(name)))).status).toBe(200);
      await bench.settle();
      expect(await bench.sql(`select 1 from messaging.inbox where state = 'waiting'`)).toEqual([]);
    });

    it.each(['null', '[]', '{"entry":5}', '{"entry":[{"changes":[7]}]}'])('says 200 to %s', async (text) => {
      expect((await signed(Buffer.from(text))).status).toBe(200);
    });
  });

  describe('the inbox', () => {
    it('lies in the partition of the day that Meta tells', async () => {
      await bench.say({ waId: '12125550177' }, 'Good morning');
      const [{ partition }] = await bench.sql(
        `select tableoid::regclass::text as partition from messaging.inbox order by received_at desc limit 1`,
      );
      expect(partition).toBe(`messaging.inbox_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`);
    });

    it('works the others when one row cannot be worked, and shows that one to a person in the end', async () => {
      const organization = `(select organization_id from organizations.directory where slug = 'st-marys')`;
      await bench.sql(
        `insert into messaging.inbox (organization_id, day, dedupe, id, field, change_sealed)
         values (${organization}, '1970-01-01', 'a', gen_random_uuid(), 'messages', 'cannot be opened')`,
      );
      const messages = await count('received');
      await bench.say({ waId: '12125550178' }, 'Good morning');
      expect(await count('received')).toBe(messages + 1);
      const bad = async () =>
        (await bench.sql(`select state, tries from messaging.inbox where dedupe = 'a'`))[0];
      expect(await bad()).toEqual({ state: 'waiting', tries: 1 });
      await bench.sql(`update messaging.inbox set tries = 7, due_at = platform.now() where dedupe = 'a'`);
      await bench.settle();
      expect(await bad()).toEqual({ state: 'parked', tries: 8 });
      expect(
        await bench.sql(`select 1 from worklist.work_item where kind = 'webhook-not-worked'`),
      ).toHaveLength(1);
    });

    it('keeps nothing of a webhook that was worked', async () => {
      await bench.say({ waId: '12125550179' }, 'Good evening');
      expect(
        await bench.sql(`select 1 from messaging.inbox where state = 'done' and change_sealed <> ''`),
      ).toEqual([]);
    });

    it('works again what was put aside once its cause is mended, and its work item is done', async () => {
      const [{ id }] = await bench.sql(`select id from messaging.inbox where dedupe = 'a'`);
      const place = { table: 'messaging.inbox', column: 'change_sealed', row: id };
      const change = JSON.stringify(fixture('text').entry[0].changes[0]);
      const vault = bench.app.get(VaultFacade, { strict: false });
      const sealed = await vault.seal(bench.ctx('st-marys'), { kind: 'organization' }, place, change);
      await bench.sql(
        `update messaging.inbox bad set change_sealed = $1, account_id = good.account_id
           from (select account_id from messaging.inbox where state = 'done' and account_id is not null limit 1) good
          where bad.dedupe = 'a'`,
        [sealed],
      );
      await bench.sql(
        `update worklist.work_item set key = 'whatsapp-inbox:' || (select id from messaging.inbox where dedupe = 'a')
          where kind = 'webhook-not-worked'`,
      );

      expect(await bench.messaging.retryWebhooks(bench.ctx('st-marys'))).toBe(1);
      await bench.settle();

      expect(await bench.sql(`select state from messaging.inbox where dedupe = 'a'`)).toEqual([
        { state: 'done' },
      ]);
      expect(
        await bench.sql(`select state, resolution from worklist.work_item where kind = 'webhook-not-worked'`),
      ).toEqual([{ state: 'resolved', resolution: 'tried-again' }]);
      expect(await bench.messaging.retryWebhooks(bench.ctx('st-marys'))).toBe(0);
    });
  });

  describe('when several organizations share the installation', () => {
    const mineOf = (slug: string): Promise<Told[]> =>
      bench.sql(
        `select r.kind from messaging.received r join organizations.directory d on d.organization_id = r.organization_id
          where d.slug = $1`,
        [slug],
      );

    it('keeps a change only where its own secret signed it', async () => {
      const before = await count('inbox');
      // Two numbers in one body, signed by one of the two.
      expect((await signed(asMeta(fixture('batch')), HARBOUR)).status).toBe(200);
      await bench.settle();
      expect(await count('inbox')).toBe(before + 1);
      expect(await mineOf('harbour')).toHaveLength(2);
    });

    it('parks what is for a number that nobody has here, once, and asks a person', async () => {
      const stray = fixture('text');
      stray.entry[0].id = '999';
      stray.entry[0].changes[0].value.metadata.phone_number_id = '999999';
      stray.entry[0].changes[0].value.messages[0].id = 'wamid.STRAY';
      const before = await stored();
      for (let n = 0; n < 3; n++) expect((await signed(asMeta(stray))).status).toBe(200);
      stray.entry[0].changes[0].value.messages[0].id = 'wamid.STRAY2';
      expect((await signed(asMeta(stray))).status).toBe(200);
      expect(await stored()).toBe(before + 2);
      const metrics = await (await fetch(`${bench.url}/metrics`)).text();
      expect(metrics).toMatch(/carethread_whatsapp_changes_total\{result="unknown-number"\} 4/);
      expect(
        await bench.sql(`select state, key from worklist.work_item where kind = 'whatsapp-number-unknown'`),
      ).toEqual([{ state: 'open', key: 'whatsapp-number:999999' }]);
    });

    it('works what was parked when an account with that number is added', async () => {
      const added = await call(bench, 'POST', '/v1/whatsapp-accounts', {
        organization: 'st-marys',
        body: {
          name: 'second',
          graph_base_url: `${bench.whatsappUrl}/v25.0`,
          business_account_id: '999',
          phone_number_id: '999999',
          access_token: 'token-999999',
          app_secrets: [SECRETS[ST_MARYS]],
          verify_token: 'verify-999999',
          allow_private_network: true,
        },
      });
      expect(added.status).toBe(201);
      const messages = await mineOf('st-marys');
      await bench.settle();
      expect(await mineOf('st-marys')).toHaveLength(messages.length + 2);
      expect(
        await bench.sql(`select state from worklist.work_item where kind = 'whatsapp-number-unknown'`),
      ).toEqual([{ state: 'resolved' }]);
      expect(
        await bench.sql(`select 1 from messaging.inbox where state = 'parked' and number_id = '999999'`),
      ).toEqual([]);
    });
  });

  it('gives both hospitals theirs when one secret is shared', async () => {
    const accounts = await call(bench, 'GET', '/v1/whatsapp-accounts');
    const [{ id }] = accounts.body.data;
    const { etag } = await call(bench, 'GET', `/v1/whatsapp-accounts/${id}`);
    const change = { app_secrets: [SECRETS[HARBOUR], SECRETS[ST_MARYS]] };
    expect((await call(bench, 'PATCH', `/v1/whatsapp-accounts/${id}`, { body: change, etag })).status).toBe(
      200,
    );
    const batch = fixture('batch');
    batch.entry[0].changes[0].value.messages.push({
      ...batch.entry[0].changes[0].value.messages[0],
      id: 'wamid.B9',
    });
    elapse(KEYRING_FRESH_MS);
    const before = await count('inbox');
    expect((await signed(asMeta(batch), ST_MARYS)).status).toBe(200);
    // Harbour's own change came before, by the other secret.
    expect(await count('inbox')).toBe(before + 2);
  });

  it('parks with both hospitals what is for a number that nobody has, while they share a secret', async () => {
    const stray = fixture('text');
    stray.entry[0].id = '998';
    stray.entry[0].changes[0].value.metadata.phone_number_id = '999998';
    stray.entry[0].changes[0].value.messages[0].id = 'wamid.STRAY3';
    expect((await signed(asMeta(stray), ST_MARYS)).status).toBe(200);
    expect(
      await bench.sql(
        `select d.slug, i.state from messaging.inbox i join organizations.directory d using (organization_id)
          where i.number_id = '999998' order by d.slug`,
      ),
    ).toEqual([
      { slug: 'harbour', state: 'parked' },
      { slug: 'st-marys', state: 'parked' },
    ]);
  });
});

async function call(
  bench: Bench,
  method: string,
  path: string,
  more: { body?: object; etag?: string; organization?: string } = {},
): Promise<{ status: number; body: Told; etag: string }> {
  const answer = await fetch(bench.url + path, {
    method,
    headers: {
      authorization: `Bearer ${bench.apiKey}`,
      'x-organization': more.organization ?? 'harbour',
      ...(more.body && { 'content-type': 'application/json' }),
      ...(more.etag && { 'if-match': more.etag }),
    },
    ...(more.body && { body: JSON.stringify(more.body) }),
  });
  return { status: answer.status, body: await answer.json(), etag: answer.headers.get('etag') ?? '' };
}
