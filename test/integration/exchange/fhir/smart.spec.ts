import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { Sync } from '../../../../src/exchange/fhir/application/sync.js';
import { GRACE_SECONDS, OVERLAP_SECONDS } from '../../../../src/exchange/fhir/domain/key-rotation.js';
import type { Scopes } from '../../../../src/exchange/fhir/domain/smart.js';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import type { TokenRequest } from '../../../../src/sandbox/ehr/smart/server.js';
import { rowsOf } from './database.js';
import { CLIENT_ID, openSmartHospital, type SmartHospital } from './smart-hospital.js';

interface KeySet {
  keys: JWK[];
}

const keySetOf = async (url: string): Promise<JWK[]> => ((await (await fetch(url)).json()) as KeySet).keys;

describe('signing in with a key that the product made', () => {
  let hospital: SmartHospital;

  beforeAll(async () => {
    hospital = await openSmartHospital('st-marys');
  });
  afterAll(() => hospital.close());

  const reads = (count: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, () => hospital.read()));
  const last = async (): Promise<TokenRequest> => (await hospital.tokenRequests()).at(-1)!;
  const asked = async (): Promise<number> => (await hospital.tokenRequests()).length;

  it('shows the public part, and only that, at both addresses', async () => {
    const { test, jwksUrl } = hospital;
    const answer = await fetch(`${test.url}/.well-known/jwks.json`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=3600');
    const { keys } = (await answer.json()) as KeySet;
    expect(keys).toEqual([
      {
        kty: 'EC',
        crv: 'P-384',
        x: expect.any(String),
        y: expect.any(String),
        kid: expect.any(String),
        alg: 'ES384',
        use: 'sig',
      },
    ]);
    expect(keys[0]!.kid).toBe(await calculateJwkThumbprint(keys[0]!, 'sha256'));
    expect(await keySetOf(jwksUrl)).toEqual(keys);
  });

  it.each(['ehr_00000000000000000000000000.json', 'nothing.json', 'ehr_00000000000000000000000000'])(
    'has no key set %s, and lets nobody remember that',
    async (file) => {
      const answer = await fetch(`${hospital.test.url}/.well-known/jwks/${file}`);
      expect([answer.status, answer.headers.get('cache-control') ?? '']).toEqual([
        404,
        expect.not.stringContaining('max-age=3600'),
      ]);
    },
  );

  it('case 28: 50 parallel calls take one token', async () => {
    await reads(50);
    expect(await hospital.tokenRequests()).toEqual([
      expect.objectContaining({ status: 200, kid: (await keySetOf(hospital.jwksUrl))[0]!.kid }),
    ]);
  });

  it('asks for what the connection uses, as the EHR writes it', async () => {
    const scopes = (await last()).asked!.split(' ');
    expect(scopes).toEqual(
      expect.arrayContaining(['system/Appointment.crus', 'system/Patient.rs', 'system/Communication.crus']),
    );
    // Because the stand-in names it among the scopes that it knows.
    expect(scopes).toContain('system/RelatedPerson.rs');
  });

  it('tells what was asked for and granted, and where the key set lies', async () => {
    const { body } = await hospital.call('GET', `/v1/ehr-connections/${hospital.id}/capabilities`);
    expect(body).toMatchObject({ appointment_write: 'L3', summary_carrier: 'B' });
    const { asked, granted } = body['scopes'] as unknown as Scopes;
    expect(granted).toEqual(asked);
    const shown = await hospital.call('GET', `/v1/ehr-connections/${hospital.id}`);
    expect(shown.body['auth']).toEqual({
      type: 'smart-backend',
      jwks_path: `/.well-known/jwks/${hospital.id}.json`,
    });
  });

  it('keeps its token until shortly before the end, and then takes another', async () => {
    const before = await asked();
    await hospital.at(200);
    await reads(5);
    expect(await asked()).toBe(before);
    // 300 seconds it lives; the 45 before the end are for the way.
    await hospital.at(260);
    await reads(5);
    expect(await asked()).toBe(before + 1);
    const refused = (await hospital.ehr.history()).filter(({ status }) => status === 401);
    expect(refused).toEqual([]);
  });

  it.each([
    ['the EHR takes its tokens back', {}],
    ['the EHR signs tokens with another key', { keys: true }],
  ])('case 28: a 401 leads to one refresh and the call goes on, when %s', async (_, how) => {
    const before = await asked();
    await hospital.control('POST', 'end-tokens', how);
    await reads(20);
    expect(await asked()).toBe(before + 1);
  });

  it('case 28: a crawl goes on when its token is taken back on the way', async () => {
    const { ehr, test, ctx, connectionId } = hospital;
    const [before, seen] = [await asked(), (await ehr.history()).length];
    const searches = { name: 'delay', ms: 400, match: { interaction: 'search-type' } };
    await ehr.fault(searches);
    const syncing = test.app.get(Sync, { strict: false }).runNow(ctx, connectionId);
    while ((await ehr.history(seen)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await hospital.control('POST', 'end-tokens');
    expect(await syncing).toMatchObject({ complete: true });
    await ehr.clearFaults();
    const statuses = (await ehr.history(seen)).map(({ status }) => status);
    expect(statuses.indexOf(401)).toBeGreaterThan(0);
    expect(statuses.at(-1)).toBe(200);
    expect(await asked()).toBe(before + 1);
  });

  it('gives up after one refresh where the EHR accepts no token at all', async () => {
    await hospital.control('PUT', 'token-settings', { lifetimeSeconds: 0 });
    await hospital.control('POST', 'end-tokens');
    const [before, seen] = [await asked(), (await hospital.ehr.history()).length];
    await expect(hospital.read()).rejects.toMatchObject({ code: 'fhir.unauthorised' });
    await hospital.control('PUT', 'token-settings', { lifetimeSeconds: 300 });
    expect((await hospital.ehr.history(seen)).map(({ status }) => status)).toEqual([401, 401]);
    expect(await asked()).toBe(before + 1);
    await hospital.read();
  });

  it('is not told that a record is gone when it is the token endpoint that is not there', async () => {
    await hospital.control('POST', 'end-tokens');
    await hospital.control('PUT', 'access', { mode: 'bearer', token: 'another-one' });
    await expect(hospital.read()).rejects.toMatchObject({ code: 'fhir.sign-in-refused', status: null });
    await hospital.control('PUT', 'access', { mode: 'smart' });
    await expect(hospital.read()).resolves.toMatchObject({ state: 'current' });
  });

  it('survives the setup file without a new key', async () => {
    const keys = await keySetOf(hospital.jwksUrl);
    await hospital.test.app.get(OrganizationsFacade, { strict: false }).applySetup(hospital.setup);
    expect(await keySetOf(hospital.jwksUrl)).toEqual(keys);
  });

  it('shows no key of a connection that is paused', async () => {
    const change = async (state: string): Promise<number> => {
      const { headers } = await hospital.call('GET', `/v1/ehr-connections/${hospital.id}`);
      const tag = { 'if-match': headers.get('etag')! };
      return (
        await hospital.call('PATCH', `/v1/ehr-connections/${hospital.id}`, { body: { state }, headers: tag })
      ).status;
    };
    const keys = await keySetOf(hospital.jwksUrl);
    expect(await change('paused')).toBe(200);
    expect(await keySetOf(`${hospital.test.url}/.well-known/jwks.json`)).toEqual([]);
    expect(await change('active')).toBe(200);
    expect(await keySetOf(hospital.jwksUrl)).toEqual(keys);
  });
});

describe('an EHR that keeps its copy of the key set until it runs out', () => {
  let hospital: SmartHospital;

  beforeAll(async () => {
    hospital = await openSmartHospital('st-marys', { client: { refetch: false } });
  });
  afterAll(() => hospital.close());

  const kidAt = async (seconds: number): Promise<string> => {
    await hospital.at(seconds);
    await hospital.read();
    const { status, kid } = (await hospital.tokenRequests()).at(-1)!;
    expect(status).toBe(200);
    return kid!;
  };
  const published = async (): Promise<string[]> =>
    (await keySetOf(hospital.jwksUrl)).map(({ kid }) => kid!).sort();
  const rotate = () => hospital.call('POST', `/v1/ehr-connections/${hospital.id}/rotate-key`);

  it('notices nothing of a rotation: the next key is shown long before it signs', async () => {
    const old = await kidAt(0);
    const rotation = await rotate();
    expect([rotation.status, Object.keys(rotation.body).sort()]).toEqual([200, ['kid', 'signs_from']]);
    const next = String(rotation.body['kid']);
    expect(await published()).toEqual([old, next].sort());
    expect(await kidAt(600)).toBe(old);
    expect(await kidAt(OVERLAP_SECONDS - 400)).toBe(old);
    expect(await kidAt(OVERLAP_SECONDS + 60)).toBe(next);
    expect(await published()).toEqual([old, next].sort());
    expect(await kidAt(OVERLAP_SECONDS + GRACE_SECONDS + 60)).toBe(next);
    expect(await published()).toEqual([next]);
  });

  it('destroys the key that has served', async () => {
    const left = await rowsOf(hospital.test.database, 'select 1 from fhir.signing_key');
    expect(left).toHaveLength(1);
  });

  it('makes no third key while the second waits, and says each rotation to the audit log', async () => {
    const statuses = [(await rotate()).status, (await rotate()).status];
    const again = await rotate();
    expect([...statuses, again.body.code]).toEqual([200, 409, 'ehr.key-rotating']);
    const { body } = await hospital.call('GET', '/v1/audit-events?type=ehr-connection.key-rotated');
    expect(body['data']).toHaveLength(2);
  });

  it('is asked for by who may write connections, and only where we made the key', async () => {
    const path = `/v1/ehr-connections/ehr_00000000000000000000000000/rotate-key`;
    expect((await hospital.call('POST', path)).status).toBe(404);
    expect(
      (await fetch(`${hospital.test.url}/v1/ehr-connections/${hospital.id}/rotate-key`, { method: 'POST' }))
        .status,
    ).toBe(401);
  });
});

describe('signing in with keys of the hospital', () => {
  let hospital: SmartHospital;
  const pem = (bits: number): string =>
    generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }) as string;
  const first = pem(3072);
  const second = pem(2048);

  beforeAll(async () => {
    const privateKeys = [{ value: first }, { value: second }];
    hospital = await openSmartHospital('st-marys', { auth: { alg: 'RS384', privateKeys } });
    await hospital.control('PUT', 'token-settings', { versions: ['v1'] });
  });
  afterAll(() => hospital.close());

  it('publishes all, signs with the first, RS384, and asks in the old way where that is what the EHR knows', async () => {
    await hospital.read();
    const keys = await keySetOf(hospital.jwksUrl);
    expect(keys.map(({ kty, alg, d }) => [kty, alg, d])).toEqual([
      ['RSA', 'RS384', undefined],
      ['RSA', 'RS384', undefined],
    ]);
    const [request] = await hospital.tokenRequests();
    expect(request).toMatchObject({ status: 200 });
    expect(keys.find(({ kid }) => kid === request!.kid)!.n).toHaveLength(512);
    expect(request!.asked!.split(' ')).toEqual(
      expect.arrayContaining(['system/Appointment.read', 'system/Appointment.write', 'system/Patient.read']),
    );
    expect(await hospital.fhir.capabilities(hospital.ctx, hospital.connectionId)).toMatchObject({
      appointmentWrite: 'L3',
      summaryCarrier: 'B',
    });
  });

  it('shows nothing of a private key or a token, in answers or in the database', async () => {
    const paths = ['', `/${hospital.id}`, `/${hospital.id}/capabilities`].map(
      (path) => `/v1/ehr-connections${path}`,
    );
    const said: string[] = [];
    for (const path of [...paths, '/v1/audit-events', '/.well-known/jwks.json'])
      said.push((await hospital.call('GET', path)).text);
    for (const table of ['fhir.connection', 'fhir.signing_key', 'fhir.published_key', 'fhir.sync'])
      said.push(JSON.stringify(await rowsOf(hospital.test.database, `select t::text from ${table} t`)));
    const { d, p, q } = createPrivateKey(first).export({ format: 'jwk' });
    const needles = [d!, p!, q!, ...first.split('\n').slice(1, -2)];
    const hex = needles.map((needle) => Buffer.from(needle).toString('hex'));
    for (const needle of [...needles, ...hex, 'eyJ']) expect(said.join()).not.toContain(needle);
  });

  it('is not rotated by us', async () => {
    const { status, body } = await hospital.call('POST', `/v1/ehr-connections/${hospital.id}/rotate-key`);
    expect([status, body.code]).toEqual([409, 'ehr.no-own-key']);
  });

  it('drops the client and its token when the sign-in changes', async () => {
    const before = (await hospital.tokenRequests()).length;
    await changeAuth({ type: 'smart-backend', client_id: CLIENT_ID, alg: 'RS384', private_key: second });
    await hospital.read();
    const requests = await hospital.tokenRequests();
    expect(requests).toHaveLength(before + 1);
    expect(await keySetOf(hospital.jwksUrl)).toEqual([
      expect.objectContaining({ kid: requests.at(-1)!.kid }),
    ]);
  });

  it('takes no key that it was given, or that served elsewhere, along to another place', async () => {
    const kids = async (): Promise<string[]> => (await keySetOf(hospital.jwksUrl)).map(({ kid }) => kid!);
    const auth = { type: 'smart-backend', client_id: CLIENT_ID };
    const given = await kids();
    await changeAuth(auth);
    const made = await kids();
    expect(made).not.toEqual(given);
    await changeAuth({ ...auth, scopes: ['system/Patient.rs'] });
    expect(await kids()).toEqual(made);
    await changeAuth({ ...auth, token_url: 'https://elsewhere.example/token' });
    const elsewhere = await kids();
    expect(elsewhere).not.toEqual(made);
    await changeAuth(
      { ...auth, token_url: 'https://elsewhere.example/token' },
      { base_url: 'https://new.example/fhir' },
    );
    expect(await kids()).not.toEqual(elsewhere);
  });

  async function changeAuth(auth: object, more: object = {}): Promise<void> {
    const path = `/v1/ehr-connections/${hospital.id}`;
    const etag = (await hospital.call('GET', path)).headers.get('etag')!;
    const answer = await hospital.call('PATCH', path, {
      body: { auth, ...more },
      headers: { 'if-match': etag },
    });
    expect(answer.status).toBe(200);
  }
});
