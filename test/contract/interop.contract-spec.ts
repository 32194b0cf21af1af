import { type ChildProcess, fork, spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Appointment, Communication, Patient } from 'fhir/r4.js';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import type { HistoryEntry } from '../integration/exchange/fhir/stand-in.js';
import { serverTarget } from './connector/server.target.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SLUG = 'st-marys';
const CLIENT_ID = 'carethread-interop';
const LIMIT_MS = 180_000;
const DAY_MS = 86_400_000;

interface Ended {
  code: number | null;
  said: string;
}

/** `npm run test:interop` in an environment that names no EHR but this one. */
async function interop(env: Record<string, string>): Promise<Ended> {
  const own = Object.entries(process.env).filter(([name]) => !/^(EHR|JEST)_/.test(name));
  const child = spawn('npm', ['run', '--silent', 'test:interop'], {
    cwd: ROOT,
    env: { ...Object.fromEntries(own), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (said += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}

/** Booked, in two days or later, sound, and somebody's. */
function isForTrials({ status, start, end, participant }: Appointment): boolean {
  return (
    status === 'booked' &&
    /(Z|[+-]\d\d:\d\d)$/.test(start ?? '') &&
    Date.parse(start!) > Date.now() + 2 * DAY_MS &&
    Date.parse(end!) > Date.parse(start!) &&
    participant.some(({ actor }) => actor?.reference?.startsWith('Patient/'))
  );
}

interface Passed {
  method: string;
  path: string;
}

/** Whatever leaves for the EHR goes through here and is noted, whether the EHR understands it or not. */
async function startRecorder(target: string): Promise<{ url: string; passed: Passed[]; server: Server }> {
  const passed: Passed[] = [];
  const server = createServer((req, res) => {
    passed.push({ method: req.method!, path: new URL(req.url!, target).pathname });
    const { method, headers } = req;
    // With the client's own name for it, so that links and token endpoint lead here again.
    const onward = request(new URL(req.url!, target), { method, headers }, (answer) => {
      res.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, passed, server };
}

/** The sandbox EHR as a process of its own: known by its address alone. */
describe('the suite against a server by its address', () => {
  let ehr: ChildProcess;
  let url: string;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'carethread-interop-'));
    ehr = fork(join(ROOT, 'dist/src/sandbox/ehr/main.js'), ['--profile', `${SLUG}=open`], {
      silent: true,
      execArgv: [],
    });
    url = await new Promise<string>((resolve, reject) => {
      ehr.once('message', ({ ready }: { ready: string }) => resolve(ready));
      ehr.once('exit', (code) => reject(new Error(`the stand-in ended with ${code}`)));
    });
    await letIn();
  }, 60_000);
  afterAll(async () => {
    const ended = new Promise((resolve) => ehr.once('exit', resolve));
    ehr.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${url}/control/${path}`, { method, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`the stand-in answers ${answer.status}`);
    return (await answer.json()) as T;
  }

  /** Nobody comes in without a token, and who signs with this key gets one. */
  async function letIn(): Promise<void> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    writeFileSync(keyFile(), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const jwks = { keys: [await published(publicKey)] };
    await control('PUT', `hospitals/${SLUG}/access`, { mode: 'smart' });
    await control('PUT', `hospitals/${SLUG}/smart-client`, { clientId: CLIENT_ID, jwks });
  }

  const keyFile = (): string => join(folder, 'key.pem');
  const published = async (key: KeyObject) => {
    const jwk = await exportJWK(key);
    return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES384', use: 'sig' };
  };
  const named = () => ({
    EHR_URL: `${url}/${SLUG}/fhir`,
    EHR_AUTH_TYPE: 'smart-backend',
    EHR_CLIENT_ID: CLIENT_ID,
    EHR_PRIVATE_KEY_FILE: keyFile(),
    EHR_SETTINGS: JSON.stringify({ budget: { requestsPerSecond: 1_000, concurrency: 8 } }),
  });
  const all = <R>(type: string) => control<R[]>('GET', `hospitals/${SLUG}/${type}`);
  const history = async (since = 0) =>
    (await control<{ data: HistoryEntry[] }>('GET', `history?since=${since}`)).data;
  const changing = (entries: HistoryEntry[]) =>
    entries.filter(({ method, interaction }) => method !== 'GET' && interaction !== 'search-type');

  it(
    'reads, and sends nothing that changes anything',
    async () => {
      const recorder = await startRecorder(url);
      const { code, said } = await interop({ ...named(), EHR_URL: `${recorder.url}/${SLUG}/fhir` });
      recorder.server.closeAllConnections();
      await new Promise((resolve) => recorder.server.close(resolve));
      expect([code, said]).toEqual([0, expect.stringMatching(/Tests: +\d+ passed/)]);
      const entries = await history();
      expect(changing(entries)).toEqual([]);
      // Nothing left that is no read, no search and no sign-in, and everything went by here.
      const isSearch = ({ path }: Passed) => /\/fhir\/[A-Za-z]+\/_search$/.test(path);
      const isSignIn = ({ path }: Passed) => path === `/${SLUG}/auth/token`;
      const posted = recorder.passed.filter(({ method }) => method !== 'GET');
      expect(posted.filter((one) => !isSearch(one) && !isSignIn(one))).toEqual([]);
      expect(posted.filter(({ method }) => method !== 'POST')).toEqual([]);
      expect(recorder.passed.filter(({ path }) => path.includes('/fhir/')).length).toBeGreaterThanOrEqual(
        entries.length,
      );
      const tokens = await control<{ data: object[] }>('GET', `hospitals/${SLUG}/token-requests`);
      expect(tokens.data.length).toBeGreaterThan(0);
      // It did look: searches by POST go by their body, and visits were read one by one.
      const made = new Set(entries.map(({ method, interaction }) => `${method} ${interaction}`));
      expect([...made]).toEqual(
        expect.arrayContaining(['GET capabilities', 'GET search-type', 'POST search-type', 'GET read']),
      );
    },
    LIMIT_MS,
  );

  it(
    'with EHR_WRITE=1 writes too, and leaves nothing behind that counts',
    async () => {
      const since = (await history()).length;
      const [patient] = await all<Patient>('Patient');
      const before = await all<Appointment>('Appointment');
      const visit = before.find(isForTrials);
      const { code, said } = await interop({
        ...named(),
        EHR_WRITE: '1',
        EHR_PATIENT: `Patient/${patient!.id}`,
        EHR_APPOINTMENT: `Appointment/${visit!.id}`,
      });
      expect([code, said]).toEqual([0, expect.stringMatching(/Tests: +\d+ passed/)]);

      const written = changing(await history(since));
      const types = new Set(written.map(({ resourceType }) => resourceType));
      // A Slot is held for whoever books, where the EHR leaves that to us.
      types.delete('Slot');
      expect(types).toEqual(new Set(['Appointment', 'Communication']));
      const communications = await all<Communication>('Communication');
      expect(communications.length).toBeGreaterThan(0);
      expect(new Set(communications.map(({ status }) => status))).toEqual(new Set(['entered-in-error']));
      const known = new Set(before.map(({ id }) => id));
      const made = (await all<Appointment>('Appointment')).filter(({ id }) => !known.has(id));
      expect(made.map(({ status }) => status)).toEqual(['entered-in-error']);
    },
    LIMIT_MS,
  );

  it(
    'ends in words without an address',
    async () => {
      const { code, said } = await interop({});
      expect([code, said]).toEqual([1, expect.stringContaining('EHR_URL is missing')]);
    },
    LIMIT_MS,
  );
});

describe('an environment that names no server', () => {
  const EHR_URL = 'https://ehr.hospital.example/fhir';

  it.each([
    [{ EHR_URL: '' }, 'EHR_URL is missing'],
    [{ EHR_URL, EHR_AUTH_TYPE: 'magic' }, 'EHR_AUTH_TYPE is none, basic, bearer or smart-backend, not magic'],
    [{ EHR_URL, EHR_AUTH_TYPE: 'bearer' }, 'EHR_TOKEN is missing'],
    [{ EHR_URL, EHR_AUTH_TYPE: 'basic', EHR_PASSWORD: 'x' }, 'EHR_USERNAME is missing'],
    [{ EHR_URL, EHR_AUTH_TYPE: 'smart-backend', EHR_CLIENT_ID: 'x' }, 'EHR_PRIVATE_KEY_FILE is missing'],
    [{ EHR_URL, EHR_SETTINGS: 'locations' }, 'EHR_SETTINGS must be JSON'],
    [{ EHR_URL, EHR_WRITE: '1' }, 'EHR_PATIENT is missing'],
  ])('is told what it lacks: %j', (env, words) => {
    expect(() => serverTarget(env)).toThrow(words);
  });

  it('reads alone unless it says otherwise', () => {
    expect(serverTarget({ EHR_URL, EHR_PATIENT: 'Patient/1' }).mayWrite).toBe(false);
    expect(serverTarget({ EHR_URL, EHR_PATIENT: 'Patient/1', EHR_WRITE: 'yes' }).mayWrite).toBe(false);
    expect(serverTarget({ EHR_URL, EHR_PATIENT: 'Patient/1', EHR_WRITE: '1' }).mayWrite).toBe(true);
  });
});
