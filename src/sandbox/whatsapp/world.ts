import type {
  Account,
  Attempt,
  Business,
  Contact,
  Conversation,
  OutboundMessage,
  SandboxAccount,
  Settings,
} from './model.js';
import { makeClock, type Clock } from './clock.js';
import { makeFaults, type Faults } from './faults.js';
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
  settings: Settings;
  faults: Faults;
  pending: Pending;
  courier: Courier;
  accounts: Map<string, Account>;
  businesses: Map<string, Business>;
  contacts: Map<string, Contact>;
  contactsByUserId: Map<string, Contact>;
  conversations: Map<string, Conversation>;
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

const DEFAULT_SETTINGS: Settings = {
  stepMs: 5,
  autoRead: false,
  webhookTimeoutMs: 10_000,
  webhookParallel: 32,
};

export function makeWorld(options: WorldOptions): World {
  const clock = makeClock(options.now);
  const ids = makeIds(options.seed);
  const faults = makeFaults();
  const pending = makePending();
  const settings = { ...DEFAULT_SETTINGS };
  const courier = makeCourier({ clock, faults, pending, settings });
  const world: World = {
    seed: options.seed,
    clock,
    ids,
    settings,
    faults,
    pending,
    courier,
    accounts: new Map(),
    businesses: new Map(),
    contacts: new Map(),
    contactsByUserId: new Map(),
    conversations: new Map(),
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
  const account: Account = { ...given, digits: given.displayPhoneNumber.replace(/\D/g, ''), business };
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
