import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Appointment, Communication, Patient } from 'fhir/r4.js';
import { type Child, startChild } from '../../../src/sandbox/run/children.js';
import { call } from '../../../src/sandbox/run/http.js';

export const HOSPITAL = 'st-marys';
export const NUMBER = '100200300';
export const ACCOUNT = {
  organization: HOSPITAL,
  businessAccountId: '200300400',
  phoneNumberId: NUMBER,
  displayPhoneNumber: '18005550190',
  accessToken: 'token-of-the-endurance-run',
  appSecret: 'secret-of-the-endurance-run',
  verifyToken: 'verify-of-the-endurance-run',
};

/** A message that the stand-in of WhatsApp accepted. Times are the stand-in's own. */
export interface Arrived {
  to: string;
  type: string;
  began_at: string;
  parameters: string[];
  text: string | null;
  biz_opaque_callback_data: string | null;
}

/** All that a run asks of the stand-in of WhatsApp: its history is the judge, its faults are the weather. */
export interface WhatsappStandIn {
  url: string;
  /** How far its clock is ahead of this machine's, in milliseconds. */
  aheadMs: number;
  accepted(): Promise<Arrived[]>;
  /** Webhooks that were given up, or are still to be taken. */
  undelivered(): Promise<number>;
  say(waId: string, text: string): Promise<void>;
  /** Every answer to a send waits this long; 0 ends it. */
  answersAfter(ms: number): Promise<void>;
  muteStatuses(): Promise<void>;
  webhooksTo(url: string): Promise<void>;
  advance(duration: string): Promise<void>;
  /** Waits until no status and no webhook is still to come, 30 s at most. */
  idle(): Promise<boolean>;
  stop(): Promise<void>;
}

export async function startWhatsapp(folder: string, seed: number): Promise<WhatsappStandIn> {
  const accounts = join(folder, 'accounts.json');
  writeFileSync(accounts, JSON.stringify([ACCOUNT]), { mode: 0o600 });
  const child = await startChild({
    name: 'sandbox WhatsApp',
    script: 'sandbox/whatsapp/main.js',
    args: ['--accounts', accounts, '--seed', String(seed), '--now', new Date().toISOString()],
    quiet: true,
  });
  const control = <T>(path: string, body?: object, method?: 'DELETE'): Promise<T> =>
    call<T>(child.url, `/control/${path}`, { ...(body && { body }), ...(method && { method }) });
  const list = async <T>(path: string): Promise<T[]> => (await control<{ data: T[] }>(path)).data;
  return {
    url: child.url,
    aheadMs: await aheadOf(child),
    accepted: () => list<Arrived>(`messages?phone_number_id=${NUMBER}`),
    undelivered: async () =>
      (await list<{ outcome: string }>('deliveries')).filter(({ outcome }) => outcome !== 'delivered').length,
    say: async (waId, text) => {
      await control(`contacts/${waId}/say`, { phone_number_id: NUMBER, text });
    },
    answersAfter: async (ms) => {
      await control('faults?name=hang-answer', undefined, 'DELETE');
      if (ms > 0) await control('faults', { name: 'hang-answer', seconds: ms / 1_000 });
    },
    muteStatuses: async () => void (await control('faults', { name: 'mute-statuses' })),
    webhooksTo: async (url) => void (await control('webhook', { phone_number_id: NUMBER, url })),
    advance: async (duration) => void (await control('clock', { advance: duration })),
    idle: () =>
      control('idle').then(
        () => true,
        () => false,
      ),
    stop: () => child.stop(),
  };
}

/** Its clock starts with the process; the shortest of some asks says best how far it lags. */
async function aheadOf({ url }: Child): Promise<number> {
  const samples: { took: number; ahead: number }[] = [];
  for (let i = 0; i < 20; i++) {
    const asked = Date.now();
    const { now } = await call<{ now: string }>(url, '/control/state');
    const took = Date.now() - asked;
    samples.push({ took, ahead: Date.parse(now) - asked - took / 2 });
  }
  return samples.sort((a, b) => a.took - b.took)[0]!.ahead;
}

/** All that a run asks of the stand-in of the EHR. */
export interface EhrStandIn {
  url: string;
  put(resource: Patient | Appointment): Promise<void>;
  cancel(appointmentId: string): Promise<void>;
  communications(): Promise<Communication[]>;
  /** From now on every FHIR answer waits this long. */
  answersAfter(ms: number): Promise<void>;
  advance(duration: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startEhr(seed: number): Promise<EhrStandIn> {
  const child = await startChild({
    name: 'sandbox EHR',
    script: 'sandbox/ehr/main.js',
    args: ['--seed', String(seed), '--now', new Date().toISOString()],
    quiet: true,
  });
  const at = (path: string): string => `/control/hospitals/${HOSPITAL}/${path}`;
  return {
    url: child.url,
    put: async (resource) => {
      const path = at(`${resource.resourceType}/${resource.id}`);
      await call(child.url, path, { method: 'PUT', body: resource });
    },
    cancel: async (id) => {
      const path = at(`Appointment/${id}`);
      await call(child.url, path, { method: 'PATCH', body: { status: 'cancelled' } });
    },
    communications: () => call<Communication[]>(child.url, at('Communication')),
    answersAfter: async (ms) =>
      void (await call(child.url, '/control/faults', { body: { name: 'delay', ms } })),
    advance: async (duration) =>
      void (await call(child.url, '/control/clock', { body: { advance: duration } })),
    stop: () => child.stop(),
  };
}
