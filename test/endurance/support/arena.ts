import 'reflect-metadata';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { AppModule } from '../../../src/app.module.js';
import { ConsentFacade } from '../../../src/exchange/consent/index.js';
import { MessagingFacade } from '../../../src/exchange/messaging/index.js';
import { PatientsFacade } from '../../../src/exchange/patients/index.js';
import { OrganizationsFacade } from '../../../src/foundation/organizations/index.js';
import { type Context, systemContext } from '../../../src/platform/context/context.js';
import { APP_ROLE } from '../../../src/platform/database/embedded/roles.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import { createApp } from '../../../src/platform/http/create-app.js';
import type { Uuid } from '../../../src/platform/ids/ids.js';
import { Log } from '../../../src/platform/logging/log.js';
import type { Child } from '../../../src/sandbox/run/children.js';
import { call, HttpFailure } from '../../../src/sandbox/run/http.js';
import { Product } from '../../../src/sandbox/run/product.js';
import { testSettings } from '../../support/settings.js';
import { openTrial, type ProductOptions, type Trial } from '../../support/trial/trial.js';
import { madeUpPatient } from './people.js';
import { slowWay } from './slow-way.js';
import {
  ACCOUNT,
  HOSPITAL,
  startEhr,
  startWhatsapp,
  type EhrStandIn,
  type WhatsappStandIn,
} from './stand-ins.js';

/** Somebody who agreed to everything. */
export interface Person {
  n: number;
  /** `Patient/endurance-7` */
  reference: string;
  patientId: Uuid;
  addressId: Uuid;
  consentIds: Uuid[];
  waId: string;
}

export interface ArenaOptions {
  name: string;
  seed: number;
  people: number;
  /** The reminder rules of the hospital; none by default, so that only what is handed in is sent. */
  reminders?: object[];
  /** How long a request to WhatsApp is on its way there; no time by default. */
  wayMs?: number;
}

/**
 * One hospital with both stand-ins as processes of their own, a PostgreSQL of its own, and a door into the product
 * (role web, in this process) through which messages and consents are handed in as any module would.
 */
export interface Arena {
  trial: Trial;
  whatsapp: WhatsappStandIn;
  ehr: EhrStandIn;
  people: Person[];
  /** The port on which the process that takes webhooks listens, also after a restart. */
  port: number;
  product: Product;
  start(options?: ProductOptions): Promise<Child>;
  /** Hands in a reminder-like message. `key` names it in the stand-in's history: the same key is the same message. */
  send(person: Person, key: string): Promise<void>;
  withdraw(person: Person): Promise<void>;
  /** As the superuser of the trial's PostgreSQL. */
  sql<Row extends object>(text: string, parameters?: unknown[]): Promise<Row[]>;
  /** Moves the stand-ins' clocks and the product's. */
  advance(duration: string): Promise<void>;
  close(): Promise<void>;
}

const SETTLE_TRIES = 4;

export async function openArena(options: ArenaOptions): Promise<Arena> {
  const { name, seed, people, reminders = [], wayMs = 0 } = options;
  const trial = await openTrial({ name, maxConnections: 200 });
  const opened: { stop(): Promise<unknown> }[] = [{ stop: () => trial.close() }];
  const close = async (): Promise<void> => {
    for (const one of opened.reverse()) await one.stop();
  };
  try {
    const [ehr, whatsapp] = await Promise.all([startEhr(seed), startWhatsapp(trial.folder, seed)]);
    opened.push(ehr, whatsapp);
    const way = wayMs > 0 ? await slowWay(whatsapp.url, wayMs) : null;
    if (way) opened.push(way);
    const setup = setupOf({ ehr: ehr.url, whatsapp: (way ?? whatsapp).url }, reminders);
    const app = await openDoor(trial, setup);
    opened.push({ stop: () => app.close() });
    const admin = adminPool(trial);
    opened.push({ stop: () => admin.end() });
    const organization = (await app.get(OrganizationsFacade).all())[0]!;
    const ctx = systemContext(organization.id, 'endurance');
    const port = await freePort();
    await whatsapp.webhooksTo(`http://127.0.0.1:${port}/webhooks/whatsapp`);
    return {
      trial,
      whatsapp,
      ehr,
      port,
      people: await admit(app, ehr, ctx, people),
      product: new Product(`http://127.0.0.1:${port}`, trial.apiKey, HOSPITAL),
      start: (options = {}) => trial.start({ setup, port, ...options }),
      send: (person, key) => send(app, ctx, person, key),
      withdraw: (person) => withdraw(app, ctx, person),
      sql: async (text, parameters) => (await admin.query(text, parameters)).rows,
      advance: async (duration) => {
        await Promise.all([whatsapp.advance(duration), ehr.advance(duration)]);
        await moveClock(`http://127.0.0.1:${port}`, duration);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDoor(trial: Trial, setup: unknown): Promise<NestFastifyApplication> {
  const { ownerUrl, runtimeUrl } = trial.postgres;
  await migrate({ ownerUrl, runtimeRole: APP_ROLE, movableClock: true });
  const settings = testSettings('web', {
    dataDir: trial.folder,
    keyring: trial.environment['CARETHREAD_KEYRING']!,
    bootstrapApiKey: trial.apiKey,
  });
  const app = await createApp(AppModule.with(settings, runtimeUrl), new Log('silent'), { docs: false });
  await app.init();
  await app.get(OrganizationsFacade).applySetup(setup);
  return app;
}

/** Of the product's own database, but as the superuser. */
function adminPool({ postgres }: Trial): pg.Pool {
  const url = new URL(postgres.adminUrl);
  url.pathname = new URL(postgres.runtimeUrl).pathname;
  const pool = new pg.Pool({ connectionString: url.href, max: 4, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined);
  return pool;
}

async function admit(
  app: NestFastifyApplication,
  ehr: EhrStandIn,
  ctx: Context,
  count: number,
): Promise<Person[]> {
  const people: Person[] = [];
  const one = async (n: number): Promise<void> => {
    const patient = madeUpPatient(n);
    await ehr.put(patient);
    const consents = await app.get(ConsentFacade).grant(ctx, {
      patient: `Patient/${patient.id}`,
      ehrConnection: 'main',
      purposes: ['appointment-reminders', 'care-conversation'],
      method: 'paper',
      wordingVersion: '1',
      evidence: {},
      recordedAt: new Date(),
    });
    const { patientId, addressId } = consents[0]!;
    const recipient = await app.get(PatientsFacade).recipientOf(ctx, addressId);
    if (!recipient || !('to' in recipient)) throw new Error('a made-up patient has no phone');
    const consentIds = consents.map(({ id }) => id);
    people.push({
      n,
      reference: `Patient/${patient.id}`,
      patientId,
      addressId,
      consentIds,
      waId: recipient.to,
    });
  };
  await inParallel(8, count, one);
  return people.sort((a, b) => a.n - b.n);
}

function send(app: NestFastifyApplication, ctx: Context, person: Person, key: string): Promise<void> {
  return app
    .get(MessagingFacade)
    .send(ctx, {
      origin: 'notice',
      originKey: key,
      addressId: person.addressId,
      patientId: person.patientId,
      purpose: 'appointment-reminders',
      content: {
        kind: 'template',
        name: 'appointment_reminder',
        language: 'en',
        body: ['Number', "St Mary's", 'Tuesday', '10:30 IST', key],
        buttons: ['token-confirm', 'token-cancel'],
      },
      usefulUntil: new Date(Date.now() + 72 * 3_600_000),
    })
    .then(() => undefined);
}

async function withdraw(app: NestFastifyApplication, ctx: Context, { consentIds }: Person): Promise<void> {
  for (const consentId of consentIds)
    await app.get(ConsentFacade).withdraw(ctx, { consentId, method: 'paper', evidence: {} });
}

function setupOf(urls: { ehr: string; whatsapp: string }, reminders: object[]): object {
  return {
    organizations: [
      {
        slug: HOSPITAL,
        name: "St Mary's",
        timeZone: 'Asia/Kolkata',
        country: 'IN',
        languages: ['en', 'ml'],
        ehr: [
          {
            name: 'main',
            baseUrl: `${urls.ehr}/${HOSPITAL}/fhir`,
            sync: { horizonDays: 7, intervalSeconds: 5 },
            budget: { requestsPerSecond: 1000, concurrency: 32 },
            allowPrivateNetwork: true,
          },
        ],
        whatsapp: [
          {
            name: 'main',
            graphBaseUrl: `${urls.whatsapp}/v25.0`,
            businessAccountId: ACCOUNT.businessAccountId,
            phoneNumberId: ACCOUNT.phoneNumberId,
            accessToken: { value: ACCOUNT.accessToken },
            appSecret: { value: ACCOUNT.appSecret },
            verifyToken: { value: ACCOUNT.verifyToken },
            allowPrivateNetwork: true,
          },
        ],
        ...(reminders.length > 0 && { reminders, quietHours: { from: '00:00', to: '00:00' } }),
      },
    ],
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Runs `work` for 0 … count-1, so many at once. */
export async function inParallel(
  width: number,
  count: number,
  work: (n: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Before that every template would be refused. */
export async function templatesKnown({ product }: Arena): Promise<void> {
  const known = await happens(async () => {
    const templates = await product.all<{ name: string; status: string }>('/v1/templates');
    return templates.some(({ name, status }) => name === 'appointment_reminder' && /approved/i.test(status));
  }, 60_000);
  if (!known) throw new Error('the templates were never read');
}

/** Waits for what happens by itself. Returns whether it did. */
export async function happens(what: () => Promise<boolean> | boolean, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    if (await what()) return true;
    await sleep(100);
  }
  return false;
}

/** What a hundred stops left behind takes longer than the clock's own two minutes; what never ends is a failure. */
async function moveClock(url: string, duration: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await call(url, '/sandbox/clock', { body: { advance: tries === 1 ? duration : 'PT0S' } });
      return;
    } catch (error) {
      if (!(error instanceof HttpFailure && error.code === 'sandbox.not-settled') || tries === SETTLE_TRIES)
        throw error;
    }
  }
}
