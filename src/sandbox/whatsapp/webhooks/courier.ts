import type { Account, CourierSettings } from '../model.js';
import type { Clock } from '../clock.js';
import type { Faults } from '../faults.js';
import type { Pending } from '../pending.js';
import { makeBatcher } from './batcher.js';
import { makeDeliveries, type Deliveries } from './deliveries.js';
import { envelopeOf, type Update } from './envelope.js';
import { makeLanes } from './lanes.js';
import { makePoster, type Outcome } from './post.js';
import { signatureOf, webhookBytes } from './signature.js';

export interface Courier {
  /** Whether the business of this number has a subscription and a callback address. */
  reaches(account: Account): boolean;
  /** Puts one change on its way, if the courier reaches its business. */
  submit(update: Update): void;
  /** Sends these bytes once, at once. */
  sendNow(account: Account, bytes: Buffer, signature?: string): Promise<Outcome>;
  get(url: string): Promise<Outcome>;
  /** After the clock was moved: tries again what Meta would have tried again by now. */
  retryDue(): void;
  deliveries: Deliveries;
  close(): void;
}

interface Deps {
  clock: Clock;
  faults: Faults;
  pending: Pending;
  settings: CourierSettings;
}

export function makeCourier({ clock, faults, pending, settings }: Deps): Courier {
  const poster = makePoster();
  const deliveries = makeDeliveries();
  const sendNow = (account: Account, bytes: Buffer, signature?: string): Promise<Outcome> =>
    account.webhookUrl === undefined
      ? Promise.resolve({ status: 0, body: '' })
      : poster.post({ url: account.webhookUrl, bytes, signature, timeoutMs: settings.webhookTimeoutMs });
  const lanes = makeLanes({
    now: () => clock.now().getTime(),
    parallel: () => settings.webhookParallel,
    send: async ({ account, bytes }) =>
      (await sendNow(account, bytes, signatureOf(account.appSecret, bytes))).status,
    ended: () => pending.end(),
  });
  const dispatch = (lane: string, updates: Update[]): void => {
    const account = updates[0]!.account;
    const bytes = webhookBytes(envelopeOf(updates));
    const copies = faults.find('duplicate-webhooks', account.phoneNumberId)?.count ?? 1;
    for (let copy = 0; copy < copies; copy += 1) {
      pending.begin();
      lanes.add(lane, deliveries.add({ at: clock.now(), account, bytes, updates }));
    }
  };
  const batcher = makeBatcher({ faults, pending, dispatch });
  const reaches = ({ webhookUrl, business }: Account): boolean => Boolean(webhookUrl) && business.subscribed;
  const submit = (update: Update): void => {
    if (!reaches(update.account)) return;
    const copies = faults.find('duplicate-updates', update.account.phoneNumberId)?.count ?? 1;
    if (batcher.collect(update, copies)) return;
    for (let copy = 0; copy < copies; copy += 1) dispatch(update.lane, [update]);
  };
  const close = (): void => {
    lanes.close();
    batcher.close();
    poster.close();
  };
  return {
    reaches,
    submit,
    sendNow,
    get: (url) => poster.get(url, settings.webhookTimeoutMs),
    retryDue: lanes.retryDue,
    deliveries,
    close,
  };
}
