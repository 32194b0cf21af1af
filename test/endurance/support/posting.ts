import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../../../src/sandbox/run/children.js';
import { signatureOf, webhookBytes } from '../../../src/sandbox/whatsapp/webhooks/signature.js';
import { ACCOUNT, NUMBER } from './stand-ins.js';
import { seen } from './verdict.js';

/** Meta does not wait for one answer before it posts the next. */
const EVERY_MS = 50;
/** The product gives a commit 0.8 s; what is beyond about a second, on a machine that is busy, is not fast. */
const FAST_MS = 1_500;
const GIVE_UP_MS = 10_000;

interface Posted {
  /** 0: no answer. */
  status: number;
  tookMs: number;
}

export interface Posting {
  /** Ends it and waits for the last answer. Returns what was answered otherwise than 200 or 503, or late. */
  stop(): Promise<string[]>;
}

/** Posts signed webhooks at a steady pace, to see what each is answered while the database is away. */
export function startPosting(child: Child): Posting {
  const posts: Promise<Posted>[] = [];
  let going = true;
  const pacing = (async () => {
    for (let n = 0; going; n++) {
      posts.push(post(child.url, n));
      await sleep(EVERY_MS);
    }
  })();
  return {
    stop: async () => {
      going = false;
      await pacing;
      return judgePosts(await Promise.all(posts));
    },
  };
}

/** Nothing of it concerns anybody: it is stored, decoded and done with. */
async function post(url: string, n: number): Promise<Posted> {
  const value = { messaging_product: 'whatsapp', metadata: { phone_number_id: NUMBER }, endurance: n };
  const body = webhookBytes({
    object: 'whatsapp_business_account',
    entry: [{ id: ACCOUNT.businessAccountId, changes: [{ field: 'messages', value }] }],
  });
  const began = performance.now();
  const status = await fetch(`${url}/webhooks/whatsapp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': signatureOf(ACCOUNT.appSecret, body),
    },
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(GIVE_UP_MS),
  }).then(
    (response) => response.status,
    () => 0,
  );
  return { status, tookMs: performance.now() - began };
}

function judgePosts(posts: readonly Posted[]): string[] {
  const of = (wanted: number): number => posts.filter(({ status }) => status === wanted).length;
  const slowest = Math.max(...posts.map(({ tookMs }) => tookMs));
  process.stderr.write(
    `${posts.length} webhooks posted: ${of(200)} taken, ${of(503)} put off, the slowest in ${slowest.toFixed(0)} ms\n`,
  );
  const strange = posts.filter(({ status }) => status !== 200 && status !== 503);
  const slow = posts.filter(({ tookMs }) => tookMs > FAST_MS);
  return [
    ...seen(
      'webhooks were answered neither 200 nor 503',
      strange.map(({ status }) => String(status)),
    ),
    ...seen(
      `webhooks waited longer than ${FAST_MS} ms`,
      slow.map(({ tookMs }) => tookMs.toFixed(0)),
    ),
    ...(of(200) > 0 && of(503) > 0 ? [] : ['webhooks met no database that was away, so nothing was proven']),
  ];
}
