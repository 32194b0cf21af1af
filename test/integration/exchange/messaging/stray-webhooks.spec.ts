import { elapse, HARBOUR, SECRETS, ST_MARYS, startBench, type Bench, type Told } from './support/bench.js';
import { asMeta, deliverSigned } from './support/post.js';

/** How long a changed secret or number may stay unseen. */
const KEYRING_FRESH_MS = 5_000;
const SAID_BEFORE = 'I said this to the first one';

describe('a number that nobody has yet, of two hospitals that share an app', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench();
    const [{ id }] = (await call('harbour', 'GET', '')).body.data;
    const { etag } = await call('harbour', 'GET', `/${id}`);
    const shared = { app_secrets: [SECRETS[HARBOUR], SECRETS[ST_MARYS]] };
    expect((await call('harbour', 'PATCH', `/${id}`, { body: shared, etag })).status).toBe(200);
    elapse(KEYRING_FRESH_MS);
  });
  afterAll(() => bench.close());

  /** One time for all, so that a second posting is a repetition. */
  const AT = new Date();
  const bodyFor = (number: string, wamid: string, text: string): Buffer => {
    const timestamp = String(Math.floor(AT.getTime() / 1_000));
    const messages = [{ from: '12125550176', id: wamid, timestamp, type: 'text', text: { body: text } }];
    const metadata = { display_phone_number: '18005550193', phone_number_id: number };
    const value = { messaging_product: 'whatsapp', metadata, messages };
    const entry = [{ id: `business-of-${number}`, changes: [{ field: 'messages', value }] }];
    return asMeta({ object: 'whatsapp_business_account', entry });
  };
  const say = async (number: string, wamid: string, text: string): Promise<void> => {
    elapse(KEYRING_FRESH_MS);
    expect((await deliverSigned(bench, bodyFor(number, wamid, text))).status).toBe(200);
  };
  const add = async (slug: string, number: string): Promise<string> => {
    const added = await call(slug, 'POST', '', {
      body: {
        name: `number ${number}`,
        graph_base_url: `${bench.whatsappUrl}/v25.0`,
        business_account_id: `9${number}`,
        phone_number_id: number,
        access_token: `token-${number}`,
        app_secrets: [SECRETS[ST_MARYS]],
        verify_token: `verify-${number}`,
        allow_private_network: true,
      },
    });
    expect(added.status).toBe(201);
    return added.body.id;
  };
  const move = async (slug: string, id: string, to: string): Promise<void> => {
    const { etag } = await call(slug, 'GET', `/${id}`);
    const body = { phone_number_id: to };
    expect((await call(slug, 'PATCH', `/${id}`, { body, etag })).status).toBe(200);
  };
  const copies = (slug: string, number: string): Promise<Told[]> =>
    bench.sql(
      `select i.id, i.state, octet_length(i.change_sealed) as bytes from messaging.inbox i
         join organizations.directory d using (organization_id)
        where d.slug = $1 and i.number_id = $2 order by i.received_at`,
      [slug, number],
    );
  const items = (slug: string, number: string): Promise<Told[]> =>
    bench.sql(
      `select w.state, w.resolution from worklist.work_item w join organizations.directory d using (organization_id)
        where d.slug = $1 and w.key = $2 order by w.raised_at`,
      [slug, `whatsapp-number:${number}`],
    );
  const heard = async (slug: string): Promise<string[]> => {
    const rows = await bench.sql(
      `select r.id from messaging.received r join organizations.directory d using (organization_id)
        where d.slug = $1 order by r.received_at, r.id`,
      [slug],
    );
    const received = await bench.messaging.received(
      bench.ctx(slug),
      rows.map(({ id }) => id),
    );
    return received.map(({ text }) => text ?? '');
  };

  it('is worked by the one that gets it, and the other drops its copy at once', async () => {
    // given
    await say('999001', 'wamid.FIRST', SAID_BEFORE);
    expect(await copies('harbour', '999001')).toMatchObject([{ state: 'parked' }]);
    expect(await items('harbour', '999001')).toEqual([{ state: 'open', resolution: null }]);
    // when
    await add('st-marys', '999001');
    await bench.settle();
    // then
    expect(await heard('st-marys')).toEqual([SAID_BEFORE]);
    expect(await items('st-marys', '999001')).toEqual([{ state: 'resolved', resolution: 'account-added' }]);
    const [copy] = await copies('harbour', '999001');
    expect(copy).toMatchObject({ state: 'done', bytes: 0 });
    expect(await items('harbour', '999001')).toEqual([
      { state: 'resolved', resolution: 'number-of-another' },
    ]);
    const [event] = await bench.sql('select type, body from audit.event where entity_id = $1', [copy.id]);
    expect(event.type).toBe('whatsapp-webhook.dropped');
    expect(JSON.parse(event.body.toString())).toMatchObject({ action: 'D' });
  });

  it('shows the next hospital nothing of what was said before, and all that is said to it', async () => {
    // given
    await say('999002', 'wamid.BEFORE', SAID_BEFORE);
    const account = await add('st-marys', '999002');
    await bench.settle();
    // when: the number moves, and Meta repeats what it had told while nobody had it
    await move('st-marys', account, '999102');
    await say('999002', 'wamid.BEFORE', SAID_BEFORE);
    await say('999002', 'wamid.BETWEEN', 'Is anybody there?');
    expect((await copies('harbour', '999002')).map(({ state }) => state)).toEqual(['done', 'parked']);
    await add('harbour', '999002');
    await bench.settle();
    await say('999002', 'wamid.AFTER', 'Good morning');
    await bench.settle();
    // then
    expect(await heard('harbour')).toEqual(['Is anybody there?', 'Good morning']);
    expect((await items('harbour', '999002')).map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    // and: what nobody worked before the number moved on is nobody's
    expect((await copies('st-marys', '999002')).filter(({ state }) => state === 'parked')).toEqual([]);
  });

  it('shows it nothing either when nobody worked while the number was with the other', async () => {
    // given
    const before = await heard('harbour');
    await say('999003', 'wamid.IDLE', SAID_BEFORE);
    // when
    const back = await bench.lockTable('messaging.inbox');
    await move('st-marys', await add('st-marys', '999003'), '999103');
    await add('harbour', '999003');
    await back();
    await bench.settle();
    // then
    expect(await heard('harbour')).toEqual(before);
    expect(await copies('harbour', '999003')).toMatchObject([{ state: 'done', bytes: 0 }]);
    expect(await items('harbour', '999003')).toEqual([
      { state: 'resolved', resolution: 'number-of-another' },
    ]);
  });

  it('keeps asking a person while something newer waits than what was dropped', async () => {
    // given: the other hospital gave the number up between the two
    await say('999004', 'wamid.OLD', SAID_BEFORE);
    const [{ at }] = await bench.sql('select clock_timestamp() as at');
    await say('999004', 'wamid.NEW', 'Hello?');
    // when
    await bench.sql(
      `insert into messaging.number_departure (phone_number_id, organization_id, left_at) values ('999004', $1, $2)`,
      [bench.ctx('st-marys').organizationId, at],
    );
    await bench.settle();
    // then
    expect((await copies('harbour', '999004')).map(({ state }) => state)).toEqual(['done', 'parked']);
    const told = await items('harbour', '999004');
    expect(told.filter(({ state }) => state === 'open')).toHaveLength(1);
  });

  it('shows in the metrics as long as something is parked', async () => {
    // given
    const parked = async (): Promise<number> => {
      await bench.settle();
      const metrics = await (await fetch(`${bench.url}/metrics`)).text();
      return Number(
        /carethread_whatsapp_webhooks_parked\{reason="unknown-number"\} (\d+)/.exec(metrics)?.[1],
      );
    };
    const before = await parked();
    expect(before).not.toBeNaN();
    // when: both hospitals have a copy
    await say('999006', 'wamid.COUNTED', SAID_BEFORE);
    // then
    expect(await parked()).toBe(before + 2);
    await add('harbour', '999006');
    expect(await parked()).toBe(before);
  });

  it('is not given up by a change of its account', async () => {
    const account = await add('st-marys', '999005');
    await move('st-marys', account, '999005');
    const departures = await bench.sql(
      `select 1 from messaging.number_departure where phone_number_id = '999005'`,
    );
    expect(departures).toEqual([]);
  });

  async function call(
    slug: string,
    method: string,
    path: string,
    more: { body?: object; etag?: string } = {},
  ): Promise<{ status: number; body: Told; etag: string }> {
    const answer = await fetch(`${bench.url}/v1/whatsapp-accounts${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bench.apiKey}`,
        'x-organization': slug,
        ...(more.body && { 'content-type': 'application/json' }),
        ...(more.etag && { 'if-match': more.etag }),
      },
      ...(more.body && { body: JSON.stringify(more.body) }),
    });
    return { status: answer.status, body: await answer.json(), etag: answer.headers.get('etag') ?? '' };
  }
});
