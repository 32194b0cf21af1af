import type { Account, Settings } from '../model.js';
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
  /** Puts one change on its way; nothing is sent for a business without subscription or callback address. */
  submit(update: Update): void;
  /** Sends these bytes once, at once. */
  sendNow(account: Account, bytes: Buffer, signature?: string): Promise<Outcome>;
  get(url: string): Promise<Outcome>;
  /** Ends the waiting of every delivery that is between two tries. */
  retryAtOnce(): void;
  deliveries: Deliveries;
  close(): void;
}

interface Deps {
  clock: Clock;
  faults: Faults;
  pending: Pending;
  settings: Settings;
}

export function makeCourier({ clock, faults, pending, settings }: Deps): Courier {
  const poster = makePoster();
  const deliveries = makeDeliveries();
  const sendNow = (account: Account, bytes: Buffer, signature?: string): Promise<Outcome> =>
    account.webhookUrl === undefined
      ? Promise.resolve({ status: 0, body: '' })
      : poster.post({ url: account.webhookUrl, bytes, signature, timeoutMs: settings.webhookTimeoutMs });
  const lanes = makeLanes({
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
  const submit = (update: Update): void => {
    if (!update.account.webhookUrl || !update.account.business.subscribed) return;
    if (!batcher.collect(update)) dispatch(update.lane, [update]);
  };
  const close = (): void => {
    lanes.close();
    batcher.close();
    poster.close();
  };
  return {
    submit,
    sendNow,
    get: (url) => poster.get(url, settings.webhookTimeoutMs),
    retryAtOnce: lanes.retryAtOnce,
    deliveries,
    close,
  };
}
