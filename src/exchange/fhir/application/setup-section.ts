import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { checked, checkedList, type Checked } from '../../../platform/config/checked.js';
import { readSecret } from '../../../platform/config/secret-source.js';
import type { TxContext } from '../../../platform/context/context.js';
import { type Auth, faultOfBaseUrl, faultOfSubscription } from '../domain/connection.js';
import { given, type Said } from '../domain/settings.policy.js';
import { Connections, type NamedConnection } from './connections.js';
import { parseSmart, tokenUrlFaults } from './smart-setup.js';
import {
  BasicAuthSetup,
  BearerAuthSetup,
  BudgetSetup,
  EhrSetup,
  HINT_SECRET,
  HintsSetup,
  SummarySetup,
  SyncSetup,
} from './setup.dto.js';

/** The part `ehr` of the setup file. A connection that the file no longer names stays as it is. */
@Injectable()
export class EhrSetupSection implements OnModuleInit {
  constructor(
    private readonly organizations: OrganizationsFacade,
    private readonly connections: Connections,
  ) {}

  onModuleInit(): void {
    this.organizations.registerSetupSection<NamedConnection[]>({
      key: 'ehr',
      parse: parseEhrSection,
      apply: (ctx, settings) => this.apply(ctx, settings),
    });
  }

  private async apply(ctx: TxContext, all: NamedConnection[]): Promise<void> {
    for (const settings of all) await this.connections.apply(ctx, settings);
  }
}

/** Every fault at once, each with its path. */
export function parseEhrSection(value: unknown, at: string): Checked<NamedConnection[]> {
  const parsed = checkedList(value, at, parseOne);
  if ('faults' in parsed) return parsed;
  const names = parsed.value.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  return twice.length > 0
    ? { faults: twice.map((name) => `${at}: the name ${name} is used twice.`) }
    : parsed;
}

function parseOne(value: unknown, at: string): Checked<NamedConnection> {
  const setup = checked(EhrSetup, value, at);
  const auth = parseAuth((value as { auth?: unknown } | null)?.auth, `${at}.auth`);
  const hints = parseHintSecrets(setup, `${at}.hints`);
  const faults = [...faultsOf(setup), ...addressFaults(setup, at), ...faultsOf(auth), ...faultsOf(hints)];
  if ('faults' in setup || 'faults' in auth || 'faults' in hints) return { faults };
  faults.push(...tokenUrlFaults(auth.value, setup.value.allowPrivateNetwork ?? false, `${at}.auth`));
  return faults.length > 0 ? { faults } : { value: settingsOf(setup.value, auth.value, hints.value) };
}

function addressFaults(setup: Checked<EhrSetup>, at: string): string[] {
  if ('faults' in setup) return [];
  const { baseUrl, alternateBaseUrls, allowPrivateNetwork } = setup.value;
  const named = [
    [`${at}.baseUrl`, baseUrl],
    ...(alternateBaseUrls ?? []).map((url, i) => [`${at}.alternateBaseUrls[${i}]`, url]),
  ];
  return named.flatMap(([path, url]) => {
    const fault = faultOfBaseUrl(url!, allowPrivateNetwork ?? false);
    return fault ? [`${path} ${fault}.`] : [];
  });
}

function parseAuth(value: unknown, at: string): Checked<Auth | undefined> {
  if (value === undefined || value === null) return { value: undefined };
  const type = (value as { type?: unknown }).type;
  if (type === 'none') return { value: { type } };
  if (type === 'basic') return parseBasic(value, at);
  if (type === 'bearer') return parseBearer(value, at);
  if (type === 'smart-backend') return parseSmart(value, at);
  return { faults: [`${at}.type must be none, basic, bearer or smart-backend.`] };
}

function parseHintSecrets(setup: Checked<EhrSetup>, at: string): Checked<string[] | undefined> {
  if ('faults' in setup) return { value: [] };
  const secret = setup.value.hints?.secret;
  const given = secret === null || secret === undefined ? [] : [secret].flat();
  const read = given.map((one, index) =>
    readSecret(one, Array.isArray(secret) ? `${at}.secret[${index}]` : `${at}.secret`),
  );
  const faults = read.flatMap(faultsOf);
  if (faults.length > 0) return { faults };
  const secrets = read.flatMap((one) => ('value' in one ? [one.value] : []));
  const weak = secrets.some((one) => !HINT_SECRET.test(one));
  const fault = faultOfHints(secrets, setup.value.hints);
  if (given.length > 2) return { faults: [`${at}.secret takes at most two.`] };
  if (weak) return { faults: [`${at}.secret must be 32 to 256 printable characters without spaces.`] };
  if (fault) return { faults: [`${at}: ${fault}.`] };
  return { value: secret === undefined ? undefined : secrets };
}

function faultOfHints(hintSecrets: string[], hints: HintsSetup | undefined): string | null {
  const { subscription, topic } = hints ?? {};
  return faultOfSubscription({
    hintSecrets,
    subscription: subscription ?? 'none',
    subscriptionTopic: topic ?? null,
  });
}

function parseBasic(value: unknown, at: string): Checked<Auth> {
  const shape = checked(BasicAuthSetup, value, at);
  if ('faults' in shape) return shape;
  const password = readSecret(shape.value.password, `${at}.password`);
  if ('faults' in password) return password;
  return { value: { type: 'basic', username: shape.value.username, password: password.value } };
}

function parseBearer(value: unknown, at: string): Checked<Auth> {
  const shape = checked(BearerAuthSetup, value, at);
  if ('faults' in shape) return shape;
  const token = readSecret(shape.value.token, `${at}.token`);
  return 'faults' in token ? token : { value: { type: 'bearer', token: token.value } };
}

function stateOf(disabled: boolean | null | undefined): NamedConnection['state'] {
  if (disabled === null || disabled === undefined) return undefined;
  return disabled ? 'paused' : 'active';
}

function settingsOf(
  setup: EhrSetup,
  auth: Auth | undefined,
  hintSecrets: string[] | undefined,
): NamedConnection {
  const { name, baseUrl } = setup;
  const sync = setup.sync ?? new SyncSetup();
  const budget = setup.budget ?? new BudgetSetup();
  const summary = setup.summary ?? new SummarySetup();
  const hints = setup.hints ?? new HintsSetup();
  const said: Said = {
    alternateBaseUrls: setup.alternateBaseUrls?.map(withoutSlash),
    profile: setup.profile,
    auth,
    syncStrategy: sync.strategy,
    scanBy: sync.scanBy,
    horizonDays: sync.horizonDays,
    intervalSeconds: sync.intervalSeconds,
    overlapSeconds: sync.overlapSeconds,
    locations: sync.locations,
    practitioners: sync.practitioners,
    requestsPerSecond: budget.requestsPerSecond,
    concurrency: budget.concurrency,
    quietHours: budget.quietHours,
    appointmentWrite: setup.appointmentWrite,
    summaryCarrier: summary.carrier,
    escrowKey: summary.escrowKey,
    summarySender: summary.sender,
    summaryRecipients: summary.recipients,
    summaryLabel: summary.label,
    contactFlags: setup.contactFlags?.map((flag) => ({ ...flag, purposes: flag.purposes ?? [] })),
    hintSecrets,
    subscription: hints.subscription,
    subscriptionTopic: hints.topic,
    allowPrivateNetwork: setup.allowPrivateNetwork,
    state: stateOf(setup.disabled),
  };
  return { name, baseUrl: withoutSlash(baseUrl), ...given(said) };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function faultsOf(result: Checked<unknown>): string[] {
  return 'faults' in result ? result.faults : [];
}
