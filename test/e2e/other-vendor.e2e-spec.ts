import { createHmac } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { copyTemplate, type TestDatabase } from '../support/database.js';
import { type OtherVendor, startOtherVendor } from '../support/other-vendor.js';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const API_KEY = 'a-key-for-this-test-of-forty-characters!';
const DAY_MS = 86_400_000;
const APP_SECRET = 'the-app-secret-of-another-business';

describe('the product alone, with an EHR and a Graph address of somebody else', () => {
  let vendor: OtherVendor;
  let database: TestDatabase;
  let folder: string;
  let url: string;
  let stop: () => Promise<unknown> = () => Promise.resolve();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'carethread-vendor-'));
    database = await copyTemplate();
    vendor = await startOtherVendor(new Date(Date.now() + 30 * DAY_MS));
    const setup = join(folder, 'setup.yaml');
    writeFileSync(setup, stringify(setupFor(vendor)));
    const child = spawn(process.execPath, [MAIN], {
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        LOG_LEVEL: 'warn',
        CARETHREAD_DATA_DIR: folder,
        DATABASE_URL: database.runtimeUrl,
        DATABASE_MIGRATION_URL: database.ownerUrl,
        CARETHREAD_SETUP_FILE: setup,
        CARETHREAD_BOOTSTRAP_API_KEY: API_KEY,
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    stop = () => (child.kill('SIGTERM'), ended);
    url = await new Promise((resolve, reject) => {
      child.on('message', ({ ready }: { ready: string }) => resolve(ready));
      void ended.then((code) => reject(new Error(`ended with ${String(code)}`)));
    });
  });

  afterAll(async () => {
    await stop();
    await vendor.close();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  async function api<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const json = (await response.json()) as T;
    if (!response.ok) throw new Error(`${path} ${response.status} ${JSON.stringify(json)}`);
    return json;
  }

  async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    const end = Date.now() + 45_000;
    while (Date.now() < end) {
      const found = await look();
      if (found !== undefined) return found;
      await sleep(200);
    }
    throw new Error(`${what} did not happen`);
  }

  it('reminds, takes the answer and changes the Appointment there', async () => {
    const { data: connections } = await api<{ data: { id: string }[] }>('/v1/ehr-connections');
    await api('/v1/consents', {
      patient: 'Patient/p-7',
      ehr_connection: 'records',
      purposes: ['appointment-reminders'],
      method: 'paper',
      wording_version: '1',
      evidence: { note: 'form' },
      recorded_at: new Date().toISOString(),
    });

    // The visit is moved to tomorrow: its reminder one day before is due in a few seconds, by the real clock.
    vendor.move(new Date(Date.now() + DAY_MS + 3_000));
    await api(`/v1/ehr-connections/${connections[0]!.id}/sync`, {});

    const sent = await until('the reminder', () => vendor.sends[0]);
    expect(sent.to).toBe('12125550142');
    const template = sent.body['template'] as {
      name: string;
      components: { type: string; parameters: { payload?: string; text?: string }[] }[];
    };
    expect(template.name).toBe('appointment_reminder');
    expect(template.components[0]!.parameters[0]!.text).toBe('Ada');

    const confirm = template.components.find(({ type }) => type === 'button')!.parameters[0]!.payload!;
    expect(await tap(confirm)).toBe(200);
    const participant = await until('the change in the EHR', () => {
      const [first] = vendor.appointment['participant'] as { status: string }[];
      return first!.status === 'accepted' ? first : undefined;
    });
    expect(participant.status).toBe('accepted');
    expect(vendor.appointment['status']).toBe('booked');
    await until('the answer to the patient', () => vendor.sends[1]);
    expect(vendor.sends).toHaveLength(2);
  });

  /** The webhook as Meta would post it, signed over its bytes. */
  async function tap(payload: string): Promise<number> {
    const message = {
      context: { from: '18005550190', id: 'wamid.x' },
      from: '12125550142',
      id: 'wamid.IN1',
      timestamp: String(Math.floor(Date.now() / 1_000)),
      type: 'button',
      button: { payload, text: 'Confirm' },
    };
    const value = {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: '18005550190', phone_number_id: '900' },
      contacts: [{ profile: { name: 'A' }, wa_id: '12125550142' }],
      messages: [message],
    };
    const body = Buffer.from(
      JSON.stringify({
        object: 'whatsapp_business_account',
        entry: [{ id: '800', changes: [{ field: 'messages', value }] }],
      }),
    );
    const signature = createHmac('sha256', APP_SECRET).update(body).digest('hex');
    const response = await fetch(`${url}/webhooks/whatsapp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
      body,
    });
    return response.status;
  }
});

function setupFor(vendor: OtherVendor): object {
  return {
    organizations: [
      {
        slug: 'clinic',
        name: 'A Clinic',
        timeZone: 'Etc/UTC',
        country: 'US',
        languages: ['en'],
        ehr: [
          { name: 'records', baseUrl: vendor.fhirBase, auth: { type: 'none' }, allowPrivateNetwork: true },
        ],
        whatsapp: [
          {
            name: 'desk',
            graphBaseUrl: vendor.graphBase,
            businessAccountId: '800',
            phoneNumberId: '900',
            accessToken: { value: 'a-token' },
            appSecret: { value: APP_SECRET },
            verifyToken: { value: 'verify-me' },
            allowPrivateNetwork: true,
          },
        ],
        reminders: [{ key: 'one-day', before: 'P1D', template: 'appointment_reminder' }],
        quietHours: { from: '00:00', to: '00:00' },
      },
    ],
  };
}
