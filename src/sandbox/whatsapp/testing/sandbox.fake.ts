import { startSandboxWhatsapp, type SandboxAccount } from '../index.js';
import { startReceiver, type Receiver, type Webhook } from './receiver.fake.js';

export const NOW = new Date('2026-11-23T06:00:00Z');
export const PATIENT = '12125550142';
export const NUMBER = '100200300';
export const BUSINESS = '200300400';
export const TOKEN = 'token-of-a-test';

export const account = (more: Partial<SandboxAccount> = {}): SandboxAccount => ({
  businessAccountId: BUSINESS,
  phoneNumberId: NUMBER,
  displayPhoneNumber: '+1 212 555 0100',
  accessToken: TOKEN,
  appSecret: 'sandbox-secret',
  verifyToken: 'verify-me',
  ...more,
});

export interface Reply {
  status: number;
  body: Webhook;
  headers: Headers;
}

export interface Bench {
  url: string;
  receiver: Receiver;
  graph(method: string, path: string, body?: unknown, token?: string): Promise<Reply>;
  control(method: string, path: string, body?: unknown): Promise<Reply>;
  send(message: object): Promise<Reply>;
  say(text: string, more?: object): Promise<Reply>;
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** A sandbox with one number, or the given ones, whose webhooks go to a receiver. */
export async function startBench(accounts: Partial<SandboxAccount>[] = [{}]): Promise<Bench> {
  const receiver = await startReceiver();
  const given = accounts.map((more) => account({ webhookUrl: receiver.url, ...more }));
  const sandbox = await startSandboxWhatsapp({ seed: 1, now: NOW, accounts: given });
  const call = async (method: string, path: string, body?: unknown, token?: string): Promise<Reply> => {
    const response = await fetch(`${sandbox.url}${path}`, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  };
  const graph: Bench['graph'] = (method, path, body, token = TOKEN) =>
    call(method, `/v25.0${path}`, body, token);
  const control: Bench['control'] = (method, path, body) => call(method, `/control${path}`, body);
  return {
    url: sandbox.url,
    receiver,
    graph,
    control,
    send: (message) =>
      graph('POST', `/${NUMBER}/messages`, { messaging_product: 'whatsapp', to: PATIENT, ...message }),
    say: (text, more = {}) =>
      control('POST', `/contacts/${PATIENT}/say`, { phone_number_id: NUMBER, text, ...more }),
    idle: async () => void (await control('GET', '/idle')),
    close: async () => {
      await sandbox.close();
      await receiver.close();
    },
  };
}

export const text = (body: string): object => ({ type: 'text', text: { body } });

interface ReminderParts {
  language?: string;
  name?: string;
  parameters?: object[];
  payloads?: string[];
}

export const reminder = ({
  language = 'en',
  name = 'appointment_reminder',
  parameters,
  payloads = ['p.1', 'p.2'],
}: ReminderParts = {}): object => ({
  type: 'template',
  template: {
    name,
    language: { code: language },
    components: [
      {
        type: 'body',
        parameters:
          parameters ?? ['Asha', 'Harbour General', 'Tue 24 Nov', '10:30 IST', 'Block B'].map(textParameter),
      },
      ...payloads.map((payload, index) => ({
        type: 'button',
        sub_type: 'quick_reply',
        index: String(index),
        parameters: [{ type: 'payload', payload }],
      })),
    ],
  },
});

export const textParameter = (value: string): object => ({ type: 'text', text: value });
