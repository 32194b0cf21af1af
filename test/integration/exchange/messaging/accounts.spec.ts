import { HARBOUR, ST_MARYS, startBench, type Bench, type Told } from './support/bench.js';

describe('WhatsApp accounts', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.close());

  const api = async (
    method: string,
    path: string,
    more: { body?: object; etag?: string; slug?: string } = {},
  ) => {
    const answer = await fetch(bench.url + path, {
      method,
      headers: {
        authorization: `Bearer ${bench.apiKey}`,
        'x-organization': more.slug ?? 'st-marys',
        ...(more.body && { 'content-type': 'application/json' }),
        ...(more.etag && { 'if-match': more.etag }),
      },
      ...(more.body && { body: JSON.stringify(more.body) }),
    });
    const text = await answer.text();
    return { status: answer.status, text, body: JSON.parse(text) as Told, etag: answer.headers.get('etag')! };
  };
  const NEW = {
    name: 'second',
    graph_base_url: 'https://graph.example/v25.0',
    business_account_id: '200300499',
    phone_number_id: '100200399',
    access_token: 'a-token-that-nobody-may-see',
    app_secrets: ['an-app-secret-that-nobody-may-see'],
    verify_token: 'a-verify-token-that-nobody-may-see',
  };

  it('come from the setup file, sealed, and are shown without their secrets', async () => {
    const { text, body } = await api('GET', '/v1/whatsapp-accounts');
    expect(body.data).toMatchObject([
      { name: 'main', phone_number_id: ST_MARYS, state: 'active', hold: null },
    ]);
    expect(text).not.toMatch(/secret-of|token-1|verify-1/);
    const rows = await bench.sql(`select * from messaging.account`);
    expect(JSON.stringify(rows.map((row) => Object.values(row).map(String)))).not.toMatch(
      /secret-of|token-1|verify-1/,
    );
  });

  it('are made, read, changed and checked by REST', async () => {
    const made = await api('POST', '/v1/whatsapp-accounts', { body: NEW });
    expect(made.status).toBe(201);
    expect(made.text).not.toContain('nobody-may-see');
    const path = `/v1/whatsapp-accounts/${made.body.id}`;
    expect((await api('GET', path)).etag).toBe('"1"');
    expect((await api('PATCH', path, { body: { state: 'disabled' } })).status).toBe(428);
    expect((await api('PATCH', path, { body: { state: 'disabled' }, etag: '"9"' })).status).toBe(412);
    const changed = await api('PATCH', path, { body: { state: 'disabled' }, etag: '"1"' });
    expect([changed.status, changed.body.state, changed.etag]).toEqual([200, 'disabled', '"2"']);
    expect((await api('GET', path, { slug: 'harbour' })).status).toBe(404);
    const [main] = (await api('GET', '/v1/whatsapp-accounts')).body.data;
    const check = await api('POST', `/v1/whatsapp-accounts/${main.id}/check`);
    expect(check.body).toMatchObject({ ok: true, quality_rating: 'GREEN' });
  });

  it('that cannot be reached say so in words', async () => {
    const made = await api('POST', '/v1/whatsapp-accounts', {
      body: {
        ...NEW,
        name: 'away',
        phone_number_id: '100200398',
        graph_base_url: 'http://127.0.0.1:9/v25.0',
        allow_private_network: true,
      },
    });
    const check = await api('POST', `/v1/whatsapp-accounts/${made.body.id}/check`);
    expect([check.status, check.body.code]).toEqual([502, 'whatsapp.away']);
  });

  it.each([
    ['a name that is taken', { name: 'main' }, 409],
    ["another hospital's number", { name: 'third', phone_number_id: HARBOUR }, 409],
    ['plain HTTP to the outside', { name: 'third', graph_base_url: 'http://graph.example/v25.0' }, 422],
    ['an address without a version', { name: 'third', graph_base_url: 'https://graph.example' }, 400],
    ['an address with a password', { name: 'third', graph_base_url: 'https://a:b@graph.example/v25.0' }, 400],
    ['no secret', { name: 'third', app_secrets: [] }, 400],
    ['three secrets', { name: 'third', app_secrets: ['a', 'b', 'c'] }, 400],
    ['a field that is not known', { name: 'third', colour: 'red' }, 400],
  ])('are refused with %s', async (_, more, status) => {
    const answer = await api('POST', '/v1/whatsapp-accounts', {
      body: { ...NEW, phone_number_id: '100200397', ...more },
    });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('nobody-may-see');
  });

  it('bring their templates with them', async () => {
    const { body } = await api('GET', '/v1/templates?limit=100');
    expect(body.data.map(({ name, language }: Told) => `${name}/${language}`)).toContain(
      'appointment_reminder/pt_BR',
    );
    expect(body.data.find(({ language }: Told) => language === 'en')).toMatchObject({
      parameters: 5,
      usable: true,
    });
    expect(body.data.find(({ name }: Told) => name === 'appointment_reminder_v0')).toMatchObject({
      status: 'PAUSED',
      usable: false,
    });
  });
});
