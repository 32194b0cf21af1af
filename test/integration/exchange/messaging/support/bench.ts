import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { ConsentFacade } from '../../../../../src/exchange/consent/index.js';
import {
  MessagingFacade,
  MessagingModule,
  type SendRequest,
} from '../../../../../src/exchange/messaging/index.js';
import { PatientsFacade } from '../../../../../src/exchange/patients/index.js';
import { IdentityModule } from '../../../../../src/foundation/identity/index.js';
import { OrganizationsFacade } from '../../../../../src/foundation/organizations/index.js';
import { systemContext, type Context } from '../../../../../src/platform/context/context.js';
import { createApp } from '../../../../../src/platform/http/create-app.js';
import { publicId, type Uuid } from '../../../../../src/platform/ids/ids.js';
import { Settle } from '../../../../../src/platform/jobs/settle.js';
import { Log } from '../../../../../src/platform/logging/log.js';
import { PlatformModule } from '../../../../../src/platform/platform.module.js';
import { startSandboxEhr } from '../../../../../src/sandbox/ehr/index.js';
import { startSandboxWhatsapp, type SandboxAccount } from '../../../../../src/sandbox/whatsapp/index.js';
import { copyTemplate } from '../../../../support/database.js';
import { testSettings } from '../../../../support/settings.js';

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a stand-in or a table tells is whatever it is. */
export type Told = any;

export const ST_MARYS = '100200300';
export const HARBOUR = '100200301';
export const SECRETS: Record<string, string> = {
  [ST_MARYS]: 'secret-of-st-marys',
  [HARBOUR]: 'secret-of-harbour',
};
const ALL = ['appointment-reminders', 'care-conversation'];

/** Somebody who agreed to everything. */
export interface Person {
  patientId: Uuid;
  addressId: Uuid;
  waId: string;
}

export interface Bench {
  app: NestFastifyApplication;
  url: string;
  /** The stand-in of Meta. */
  whatsappUrl: string;
  apiKey: string;
  messaging: MessagingFacade;
  ctx(slug?: string): Context;
  /** A patient of the EHR with a phone and consents: `Patient/1001` and so on. */
  person(n: number): Promise<Person>;
  request(person: Person, more?: Partial<SendRequest>): SendRequest;
  reminder(person: Person, more?: Partial<SendRequest>): SendRequest;
  /** Works all that is due, on both sides. */
  settle(): Promise<void>;
  /** Moves both clocks. */
  advance(duration: string): Promise<void>;
  control(method: string, path: string, body?: object): Promise<Told>;
  say(person: { waId: string }, text: string, more?: object): Promise<void>;
  recipientOf(addressId: Uuid): Promise<Told>;
  publicId(prefix: string, id: Uuid): string;
  sql(text: string, parameters?: unknown[]): Promise<Told[]>;
  /** Stops every writer of a table until the answer is called. */
  lockTable(table: string): Promise<() => Promise<void>>;
  waitingFor(table: string): Promise<number>;
  close(): Promise<void>;
}

function account(phoneNumberId: string, n: number): SandboxAccount {
  return {
    businessAccountId: `20030040${n}`,
    phoneNumberId,
    displayPhoneNumber: `1800555019${n}`,
    accessToken: `token-${phoneNumberId}`,
    appSecret: SECRETS[phoneNumberId]!,
    verifyToken: `verify-${phoneNumberId}`,
  };
}

function setupOf(accounts: SandboxAccount[], urls: { ehr: string; whatsapp: string }): object {
  const hospital = (slug: string, n: number, more: object) => ({
    slug,
    ...more,
    ehr: [
      {
        name: 'main',
        baseUrl: `${urls.ehr}/${slug}/fhir`,
        // As seldom and as little as may be: the EHR is not what is looked at here.
        sync: { horizonDays: 1, intervalSeconds: 86_400 },
        budget: { requestsPerSecond: 1_000, concurrency: 8 },
        allowPrivateNetwork: true,
      },
    ],
    whatsapp: [
      {
        name: 'main',
        graphBaseUrl: `${urls.whatsapp}/v25.0`,
        businessAccountId: accounts[n]!.businessAccountId,
        phoneNumberId: accounts[n]!.phoneNumberId,
        accessToken: { value: accounts[n]!.accessToken },
        appSecret: { value: accounts[n]!.appSecret },
        verifyToken: { value: accounts[n]!.verifyToken },
        allowPrivateNetwork: true,
      },
    ],
  });
  return {
    organizations: [
      hospital('st-marys', 0, {
        name: "St Mary's",
        timeZone: 'Asia/Kolkata',
        country: 'IN',
        languages: ['en', 'ml'],
      }),
      hospital('harbour', 1, {
        name: 'Harbour',
        timeZone: 'America/New_York',
        country: 'US',
        languages: ['en', 'es'],
      }),
    ],
  };
}

/** Messaging with all that it stands on, other modules on wish, both stand-ins, and a database of its own. */
export async function startBench({ also = [] }: { also?: Type[] } = {}): Promise<Bench> {
  const now = new Date();
  const accounts = [account(ST_MARYS, 0), account(HARBOUR, 1)];
  const [ehr, whatsapp, database] = await Promise.all([
    startSandboxEhr({ seed: 1, now }),
    startSandboxWhatsapp({ seed: 1, now, accounts }),
    copyTemplate(),
  ]);
  const apiKey = randomBytes(32).toString('hex');
  const settings = testSettings('all', { bootstrapApiKey: apiKey });
  const modules = [IdentityModule, MessagingModule, ...also];
  @Module({ imports: [PlatformModule.with(settings, database.runtimeUrl), ...modules] })
  class Root {}
  const app = await createApp(Root, new Log('silent'), { docs: false });
  await app.init();
  const organizations = app.get(OrganizationsFacade);
  await organizations.applySetup(setupOf(accounts, { ehr: ehr.url, whatsapp: whatsapp.url }));
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const ids = new Map((await organizations.all()).map(({ slug, id }) => [slug, id]));
  const admin = new pg.Pool({ connectionString: database.adminUrl, max: 4 });
  admin.on('error', () => undefined);
  const messaging = app.get(MessagingFacade);
  const ctx = (slug = 'st-marys'): Context => systemContext(ids.get(slug)!, 'test');

  const control: Bench['control'] = async (method, path, body) => {
    const answer = await fetch(`${whatsapp.url}/control${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
    return answer.json();
  };
  const posted = async (): Promise<number> => (await control('GET', '/state')).counts.deliveries;
  const settle = async (): Promise<void> => {
    // What the product sends comes back as statuses, which may cause sends: until Meta has nothing more to tell.
    for (let before = -1, now = await posted(); now !== before; now = await posted()) {
      before = now;
      await control('GET', '/idle');
      await app.get(Settle).untilIdle();
      await control('GET', '/idle');
    }
  };
  const person = async (n: number): Promise<Person> => {
    const consents = await app.get(ConsentFacade).grant(ctx(), {
      patient: `Patient/${n}`,
      ehrConnection: 'main',
      purposes: ALL,
      method: 'paper',
      wordingVersion: '1',
      evidence: {},
      recordedAt: new Date(),
    });
    const { patientId, addressId } = consents[0]!;
    const recipient = await app.get(PatientsFacade).recipientOf(ctx(), addressId);
    if (!recipient || !('to' in recipient)) throw new Error('this patient has no phone');
    return { patientId, addressId, waId: recipient.to };
  };
  let keys = 0;
  const request: Bench['request'] = ({ patientId, addressId }, more = {}) => ({
    origin: 'reply',
    originKey: `test:${++keys}`,
    addressId,
    patientId,
    purpose: 'care-conversation',
    content: { kind: 'text', text: 'We are here.' },
    usefulUntil: new Date(Date.now() + 48 * 3_600_000),
    ...more,
  });
  for (const { phoneNumberId } of accounts) {
    await control('POST', '/webhook', { phone_number_id: phoneNumberId, url: `${url}/webhooks/whatsapp` });
  }
  await settle();
  return {
    app,
    url,
    whatsappUrl: whatsapp.url,
    apiKey,
    messaging,
    ctx,
    person,
    request,
    reminder: (somebody, more = {}) =>
      request(somebody, {
        origin: 'reminder',
        purpose: 'appointment-reminders',
        content: {
          kind: 'template',
          name: 'appointment_reminder',
          language: 'en',
          body: ['Asha', "St Mary's", 'Tue 24 Nov', '10:30 IST', 'Block B'],
          buttons: ['token-confirm', 'token-cancel'],
        },
        ...more,
      }),
    settle,
    advance: async (duration) => {
      await control('POST', '/clock', { advance: duration });
      const answer = await fetch(`${url}/sandbox/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advance: duration }),
      });
      if (!answer.ok) throw new Error(`the clock answered ${answer.status}`);
      await settle();
    },
    control,
    say: async ({ waId }, text, more = {}) => {
      await control('POST', `/contacts/${waId}/say`, { phone_number_id: ST_MARYS, text, ...more });
      await settle();
    },
    recipientOf: (addressId) => app.get(PatientsFacade).recipientOf(ctx(), addressId),
    publicId,
    sql: async (text, parameters = []) => (await admin.query(text, parameters)).rows,
    lockTable: async (table) => {
      const client = await admin.connect();
      await client.query(`begin; lock table ${table} in exclusive mode`);
      return async () => {
        await client.query('rollback');
        client.release();
      };
    },
    waitingFor: async (table) => {
      const text = 'select count(*)::int as n from pg_locks where not granted and relation = $1::regclass';
      return (await admin.query(text, [table])).rows[0].n;
    },
    close: async () => {
      await app.close();
      jest.restoreAllMocks();
      await Promise.all([ehr.close(), whatsapp.close(), admin.end()]);
      await database.drop();
    },
  };
}

let ahead = 0;

/** As if so much time had gone by for all that this process measures durations with; timers do not hear of it. */
export function elapse(ms: number): void {
  if (ahead === 0) {
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  }
  ahead += ms;
}

/** The time that a wait for what happens by itself may take. */
export async function until(what: () => Promise<boolean> | boolean, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await what())) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
