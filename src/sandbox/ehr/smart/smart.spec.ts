import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { NOW, openTestEhr, type TestEhr } from '../ehr-client.fake.js';
import type { TokenRequest } from './server.js';

const CLIENT = 'an-app';
const SCOPE = 'system/Patient.rs system/Appointment.rs';

interface Said {
  alg?: string;
  kid?: string;
  typ?: string;
  key?: CryptoKey;
  claims?: Record<string, unknown>;
}

describe('the authorization server of a hospital', () => {
  let ehr: TestEhr;
  let tokenUrl: string;
  const keys: Record<string, CryptoKey> = {};
  const published: JWK[] = [];
  let jwksServer: Server;
  let shown: JWK[];

  beforeAll(async () => {
    for (const [kid, alg] of [
      ['rsa', 'RS384'],
      ['ec', 'ES384'],
      ['ec256', 'ES256'],
    ] as const) {
      const pair = await generateKeyPair(alg, { extractable: true });
      keys[kid] = pair.privateKey;
      published.push({ ...(await exportJWK(pair.publicKey)), kid, alg });
    }
    jwksServer = createServer((_req, res) => {
      res.setHeader('cache-control', 'max-age=600');
      res.end(JSON.stringify({ keys: shown }));
    });
    await new Promise<void>((resolve) => jwksServer.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => jwksServer.close(resolve)));
  beforeEach(async () => {
    ehr = await openTestEhr();
    tokenUrl = `${ehr.url}/st-marys/auth/token`;
    await control('PUT', 'access', { mode: 'smart' });
    await control('PUT', 'smart-client', { clientId: CLIENT, jwks: { keys: published } });
  });
  afterEach(() => ehr.close());

  const control = <T>(method: string, part: string, body?: unknown): Promise<T> =>
    ehr.control<T>(method, `hospitals/st-marys/${part}`, body);
  const seconds = (ahead: number): number => Math.floor(NOW.getTime() / 1000) + ahead;

  function assertion({ alg = 'ES384', kid = 'ec', typ = 'JWT', key = keys[kid], claims = {} }: Said = {}) {
    const all = { iss: CLIENT, sub: CLIENT, aud: tokenUrl, jti: randomUUID(), exp: seconds(240), ...claims };
    return new SignJWT(all).setProtectedHeader({ alg, kid, typ }).sign(key!);
  }

  async function ask(form: Record<string, string | undefined>, url = tokenUrl) {
    const body = new URLSearchParams();
    const all: typeof form = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      scope: SCOPE,
      ...form,
    };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) body.set(name, value);
    const answer = await fetch(url, { method: 'POST', body });
    return {
      status: answer.status,
      headers: answer.headers,
      ...((await answer.json()) as Record<string, unknown>),
    };
  }

  const tokenFor = async (scope = SCOPE): Promise<string> =>
    String((await ask({ client_assertion: await assertion(), scope }))['access_token' as never]);
  const get = (path: string, authorization?: string) =>
    ehr.fhir(path, authorization === undefined ? {} : { headers: { authorization } });

  it('tells where and how to sign in', async () => {
    const { body } = await ehr.fhir('st-marys/fhir/.well-known/smart-configuration');
    expect(body).toMatchObject({
      token_endpoint: tokenUrl,
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
      capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
    });
    expect(body['scopes_supported' as never]).toEqual(
      expect.arrayContaining(['system/Patient.read', 'system/Appointment.cruds']),
    );
    // Where nobody signs in there is nothing to tell.
    expect((await ehr.fhir('harbour/fhir/.well-known/smart-configuration')).status).toBe(404);
  });

  it.each([
    ['RS384', 'rsa'],
    ['ES384', 'ec'],
  ])('gives a token for an assertion signed by %s', async (alg, kid) => {
    const answer = await ask({ client_assertion: await assertion({ alg, kid }) });
    expect(answer).toMatchObject({ status: 200, token_type: 'bearer', expires_in: 300, scope: SCOPE });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it.each<[string, () => Promise<string> | string]>([
    ['is no JWT', () => 'x.y.z'],
    ['is signed by an algorithm that is not allowed', () => assertion({ alg: 'ES256', kid: 'ec256' })],
    ['is signed with a secret', () => assertion({ alg: 'HS256', key: Buffer.alloc(32) as never })],
    ['is not signed', () => new UnsecuredJWT({ iss: CLIENT, sub: CLIENT, aud: tokenUrl }).encode()],
    ['is signed by another key than it says', () => assertion({ kid: 'ec', key: keys['rsa'], alg: 'RS384' })],
    ['names no key of the client', () => assertion({ kid: 'none', key: keys['ec'] })],
    ['is of another kind', () => assertion({ typ: 'at+jwt' })],
    ['is of an unknown client', () => assertion({ claims: { iss: 'other', sub: 'other' } })],
    ['speaks for another', () => assertion({ claims: { sub: 'other' } })],
    ['is for another endpoint', () => assertion({ claims: { aud: `${tokenUrl}/` } })],
    ['is for several endpoints', () => assertion({ claims: { aud: [tokenUrl, 'https://other.example'] } })],
    ['is over', () => assertion({ claims: { exp: seconds(-1) } })],
    ['lives for too long', () => assertion({ claims: { exp: seconds(400) } })],
    ['never ends', () => assertion({ claims: { exp: undefined } })],
    ['has no id', () => assertion({ claims: { jti: undefined } })],
  ])('takes no assertion that %s', async (_, make) => {
    expect(await ask({ client_assertion: await make() })).toMatchObject({
      status: 400,
      error: 'invalid_client',
    });
  });

  it('takes each assertion once', async () => {
    const once = await assertion();
    const statuses = [
      (await ask({ client_assertion: once })).status,
      (await ask({ client_assertion: once })).status,
    ];
    expect(statuses).toEqual([200, 400]);
  });

  it.each([
    ['unsupported_grant_type', { grant_type: 'password' }],
    ['invalid_request', { client_assertion_type: 'other' }],
    ['invalid_request', { client_assertion: undefined }],
    ['invalid_scope', { scope: 'system/Unknown.rs launch' }],
    ['invalid_scope', { scope: undefined }],
  ])('answers %s to %j', async (error, form) => {
    expect(await ask({ client_assertion: await assertion(), ...form })).toMatchObject({ status: 400, error });
  });

  it('grants what it has, what the client may have, and what it is told, whichever way it is written', async () => {
    const granted = async (scope: string): Promise<unknown> =>
      (await ask({ client_assertion: await assertion(), scope }))['scope' as never];
    expect(await granted('system/Patient.crus system/Device.rs system/Appointment.read')).toBe(
      'system/Patient.crus system/Appointment.read',
    );
    await control('PUT', 'token-settings', { narrowTo: ['system/Patient.r', 'system/Appointment.read'] });
    expect(await granted('system/Patient.rs system/Appointment.crus')).toBe(
      'system/Patient.r system/Appointment.rs',
    );
    await control('PUT', 'token-settings', { versions: ['v1'] });
    expect(await granted('system/Patient.rs system/Appointment.read')).toBe('system/Appointment.read');
  });

  it('lets in by a token, as far as its scopes go and until it ends', async () => {
    const bearer = `Bearer ${await tokenFor()}`;
    expect((await get('st-marys/fhir/metadata')).status).toBe(200);
    const missing = await get('st-marys/fhir/Patient');
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="st-marys", error="invalid_token"',
    ]);
    expect((await get('st-marys/fhir/Patient', bearer)).status).toBe(200);
    expect((await get('st-marys/fhir/Location', bearer)).status).toBe(403);
    expect((await get('st-marys/fhir/Appointment?_include=Appointment:patient', bearer)).status).toBe(200);
    expect((await get('st-marys/fhir/Appointment?_include=Appointment:location', bearer)).status).toBe(403);
    const made = await ehr.post(
      'st-marys/fhir/Patient',
      { resourceType: 'Patient' },
      { authorization: bearer },
    );
    expect(made.status).toBe(403);
    await ehr.control('POST', 'clock', { advance: 'PT301S' });
    expect((await get('st-marys/fhir/Patient', bearer)).status).toBe(401);
  });

  it.each([[{}], [{ keys: true }]])('ends all tokens when told so: %j', async (how) => {
    const bearer = `Bearer ${await tokenFor()}`;
    await control('POST', 'end-tokens', how);
    expect((await get('st-marys/fhir/Patient', bearer)).status).toBe(401);
    expect((await get('st-marys/fhir/Patient', `Bearer ${await tokenFor()}`)).status).toBe(200);
  });

  it('does not let in the token of another hospital; Oracle Health says so with 403', async () => {
    const bearer = `Bearer ${await tokenFor()}`;
    await ehr.control('PUT', 'hospitals/harbour/access', { mode: 'smart' });
    expect((await get('harbour/fhir/Patient', bearer)).status).toBe(401);
    await ehr.control('PUT', 'hospitals/harbour/profile', { name: 'oracle-like' });
    expect((await get('harbour/fhir/Patient?_id=1', bearer)).status).toBe(403);
  });

  it.each([
    [
      { mode: 'basic', username: 'u', password: 'p' },
      `Basic ${Buffer.from('u:p').toString('base64')}`,
      'Basic realm="st-marys"',
    ],
    [{ mode: 'bearer', token: 't' }, 'Bearer t', 'Bearer realm="st-marys", error="invalid_token"'],
  ])('can want %j', async (access, right, challenge) => {
    await control('PUT', 'access', access);
    expect((await get('st-marys/fhir/Patient', right)).status).toBe(200);
    const wrong = await get('st-marys/fhir/Patient', 'Bearer other');
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([401, challenge]);
  });

  describe('with a client whose keys it fetches', () => {
    const fetches = async (): Promise<number> =>
      (await control<{ key_set_fetches: number }>('GET', 'token-requests')).key_set_fetches;
    const status = async (kid: string, alg: string): Promise<number> =>
      (await ask({ client_assertion: await assertion({ kid, alg, claims: { exp: endIn(240) } }) })).status;
    let passed = 0;
    const endIn = (ahead: number): number => seconds(ahead + passed);
    const advance = async (by: number): Promise<void> => {
      passed += by;
      await ehr.control('POST', 'clock', { advance: `PT${by}S` });
    };
    const register = (more: object = {}): Promise<unknown> => {
      const { port } = jwksServer.address() as AddressInfo;
      return control('PUT', 'smart-client', {
        clientId: CLIENT,
        jwksUrl: `http://127.0.0.1:${port}/`,
        ...more,
      });
    };
    beforeEach(() => {
      passed = 0;
      shown = published.filter(({ kid }) => kid === 'ec');
    });

    it('keeps them as long as they say, and looks again for one that it does not know', async () => {
      await register();
      expect([await status('ec', 'ES384'), await status('ec', 'ES384'), await fetches()]).toEqual([
        200, 200, 1,
      ]);
      expect([await status('rsa', 'RS384'), await fetches()]).toEqual([400, 2]);
      shown = published;
      expect([await status('rsa', 'RS384'), await fetches()]).toEqual([200, 3]);
      await advance(601);
      expect([await status('rsa', 'RS384'), await fetches()]).toEqual([200, 4]);
    });

    it('can also wait until its copy has run out', async () => {
      await register({ refetch: false });
      expect(await status('ec', 'ES384')).toBe(200);
      shown = published;
      expect([await status('rsa', 'RS384'), await fetches()]).toEqual([400, 1]);
      await advance(601);
      expect([await status('rsa', 'RS384'), await fetches()]).toEqual([200, 2]);
    });
  });

  it.each([
    [{ name: 'down', seconds: 7 }, 503, '7'],
    [{ name: 'down' }, 503, null],
    [{ name: 'throttle' }, 429, '2'],
  ])('misbehaves when told so: %j', async (fault, status, wait) => {
    await control('POST', 'token-faults', { ...fault, count: 1 });
    const answer = await ask({ client_assertion: await assertion() });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, wait]);
    expect((await ask({ client_assertion: await assertion() })).status).toBe(200);
  });

  it('can be slow, and answer with a page', async () => {
    await control('POST', 'token-faults', { name: 'slow', ms: 200, count: 1 });
    const began = performance.now();
    expect((await ask({ client_assertion: await assertion() })).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThanOrEqual(195);
    await control('POST', 'token-faults', { name: 'html' });
    const page = await fetch(tokenUrl, { method: 'POST' });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    await control('DELETE', 'token-faults');
    expect((await ask({ client_assertion: await assertion() })).status).toBe(200);
  });

  it('remembers requests, and neither assertions nor tokens', async () => {
    const token = await tokenFor();
    const { data } = await control<{ data: TokenRequest[] }>('GET', 'token-requests');
    expect(data).toEqual([
      { n: 1, at: expect.any(String) as string, status: 200, kid: 'ec', asked: SCOPE, granted: SCOPE },
    ]);
    expect(JSON.stringify(data)).not.toContain(token.split('.')[1]);
  });

  it.each([
    ['access', { mode: 'other' }],
    ['smart-client', { clientId: CLIENT }],
  ])('refuses %s %j', async (part, body) => {
    expect(await control('PUT', part, body)).toHaveProperty('error');
    expect(await control('POST', 'token-faults', { name: 'other' })).toHaveProperty('error');
  });
});
