import type {
  Account,
  Attempt,
  Business,
  Contact,
  CourierSettings,
  NumberSettings,
  OutboundMessage,
  SandboxAccount,
} from './model.js';
import { makeClock, type Clock } from './clock.js';
import { makeFaults, type Faults } from './faults.js';
import { makeHeld, type Held } from './held.js';
import { makeIds, type Ids } from './ids.js';
import { makePending, type Pending } from './pending.js';
import { defaultTemplates } from './templates/default-templates.js';
import { putTemplate } from './templates/template-store.js';
import { makeCourier, type Courier } from './webhooks/courier.js';

/** Everything the sandbox knows. Plain maps and arrays; what a send touches is found in constant time. */
export interface World {
  seed: number;
  clock: Clock;
  ids: Ids;
  settings: CourierSettings;
  faults: Faults;
  held: Held;
  pending: Pending;
  courier: Courier;
  accounts: Map<string, Account>;
  businesses: Map<string, Business>;
  contacts: Map<string, Contact>;
  contactsByUserId: Map<string, Contact>;
  /** Everything that a user id was ever made of. */
  identities: Set<string>;
  messages: OutboundMessage[];
  messagesByWamid: Map<string, OutboundMessage>;
  attempts: Attempt[];
  close(): void;
}

export interface WorldOptions {
  seed: number;
  now: Date;
  accounts: SandboxAccount[];
}

const COURIER_SETTINGS: CourierSettings = {
  webhookTimeoutMs: 10_000,
  webhookParallel: 32,
};

const NUMBER_SETTINGS: NumberSettings = {
  stepMs: 5,
  statusDelayMs: 0,
  autoRead: false,
  latencyMs: 0,
  numberRateLimit: false,
  pairRateLimit: false,
};

export function makeWorld(options: WorldOptions): World {
  const clock = makeClock(options.now);
  const ids = makeIds(options.seed);
  const faults = makeFaults();
  const pending = makePending();
  const settings = { ...COURIER_SETTINGS };
  const courier = makeCourier({ clock, faults, pending, settings });
  const world: World = {
    seed: options.seed,
    clock,
    ids,
    settings,
    faults,
    held: makeHeld(),
    pending,
    courier,
    accounts: new Map(),
    businesses: new Map(),
    contacts: new Map(),
    contactsByUserId: new Map(),
    identities: new Set(),
    messages: [],
    messagesByWamid: new Map(),
    attempts: [],
    close: () => courier.close(),
  };
  for (const account of options.accounts) addAccount(world, account);
  return world;
}

function addAccount(world: World, given: SandboxAccount): void {
  if (world.accounts.has(given.phoneNumberId))
    throw new Error(`phone number id ${given.phoneNumberId} is given twice`);
  const business = businessOf(world, given.businessAccountId);
  const account: Account = {
    ...given,
    digits: given.displayPhoneNumber.replace(/\D/g, ''),
    business,
    settings: { ...NUMBER_SETTINGS },
    throughput: 'STANDARD',
    quality: 'GREEN',
    registered: true,
    blocked: new Set(),
    paidUntil: 0,
  };
  business.phoneNumbers.push(account);
  world.accounts.set(account.phoneNumberId, account);
  for (const template of given.templates ?? []) putTemplate(business, template, world.ids);
}

function businessOf(world: World, id: string): Business {
  const known = world.businesses.get(id);
  if (known) return known;
  const business: Business = { id, templates: new Map(), subscribed: true, phoneNumbers: [] };
  for (const template of defaultTemplates()) putTemplate(business, template, world.ids);
  world.businesses.set(id, business);
  return business;
}
