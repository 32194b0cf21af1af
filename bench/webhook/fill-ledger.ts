import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { answer, taskOf } from '../support/program.js';
import { attemptOf, contactOf, wamidOf } from './webhooks.js';

export interface Fill {
  databaseUrl: string;
  ownerUrl: string;
  /** Messages that Meta has accepted, with the numbers from here on. */
  first: number;
  accepted: number;
  /** Messages that may go out. */
  ready: number;
}

const BATCH = 1_000;

/** What was built fills it, so that every seal opens and every index is found. */
async function load<T>(module: string): Promise<T> {
  return (await import(new URL(`../../dist/src/${module}`, import.meta.url).href)) as T;
}

const [{ AppModule }, { readSettings }, { VaultFacade }, { PatientsFacade }, { systemContext }, { newId }] =
  await Promise.all([
    load<typeof import('../../src/app.module.js')>('app.module.js'),
    load<typeof import('../../src/platform/config/settings.js')>('platform/config/settings.js'),
    load<typeof import('../../src/foundation/vault/index.js')>('foundation/vault/index.js'),
    load<typeof import('../../src/exchange/patients/index.js')>('exchange/patients/index.js'),
    load<typeof import('../../src/platform/context/context.js')>('platform/context/context.js'),
    load<typeof import('../../src/platform/ids/ids.js')>('platform/ids/ids.js'),
  ]);

const { databaseUrl, ownerUrl, first, accepted, ready } = await taskOf<Fill>();
const app = await NestFactory.createApplicationContext(AppModule.with(readSettings('web'), databaseUrl), {
  logger: false,
});
const [vault, patients] = [app.get(VaultFacade), app.get(PatientsFacade)];
const admin = new pg.Client({ connectionString: ownerUrl });
await admin.connect();
const {
  rows: [{ organization_id: organizationId, account_id: accountId }],
} = await admin.query(`select organization_id, account_id from messaging.number_directory`);
await admin.query(`select set_config('app.organization_id', $1, false)`, [organizationId]);
const ctx = systemContext(organizationId, 'bench');

async function fill(from: number, count: number, state: 'accepted' | 'ready'): Promise<void> {
  const numbers = Array.from({ length: count }, (_, n) => from + n);
  const addresses = await patients.addressesFor(
    ctx,
    numbers.map((n) => ({ waId: contactOf(n) })),
  );
  const subjects = addresses.map((address) => ({ kind: 'contact' as const, id: address!.id }));
  const keys = await vault.keysFor(ctx, subjects);
  const ids = numbers.map(() => newId());
  const text = 'Your appointment is tomorrow at 10:30.';
  const sealed = ids.map((row, n) =>
    keys.seal(
      subjects[n]!,
      { table: 'messaging.message', column: 'content_sealed', row },
      JSON.stringify({ content: { kind: 'text', text }, text }),
    ),
  );
  const indexes = await vault.indexMany(ctx, 'messaging.wamid', numbers.map(wamidOf));
  // The one kind that passes the gate without a consent: the bench has no EHR.
  await admin.query(
    `insert into messaging.message (organization_id, id, account_id, origin, origin_key, kind, address_id, purpose,
                                    content_kind, content_sealed, state, due_at, useful_until, created_at, accepted_at,
                                    wamid_index)
     select $1, r.id, $2, 'notice', 'bench:' || r.id, 'stop-confirmation', r.address_id, 'care-conversation', 'text',
            r.sealed, $6, platform.now(), platform.now() + interval '1 day', platform.now(),
            case when $6 = 'accepted' then platform.now() end, case when $6 = 'accepted' then r.wamid_index end
       from unnest($3::uuid[], $4::uuid[], $5::bytea[], $7::bytea[]) as r(id, address_id, sealed, wamid_index)`,
    [organizationId, accountId, ids, subjects.map(({ id }) => id), sealed, state, indexes],
  );
  if (state === 'ready') return openWindows(subjects.map(({ id }) => id));
  await admin.query(
    `insert into messaging.attempt (organization_id, id, message_id, account_id, began_at, ended_at, outcome)
     select $1, r.id, r.message_id, $2, platform.now(), platform.now(), 'accepted'
       from unnest($3::uuid[], $4::uuid[]) as r(id, message_id)`,
    [organizationId, accountId, numbers.map(attemptOf), ids],
  );
}

async function openWindows(addressIds: string[]): Promise<void> {
  await admin.query(
    `insert into messaging.pair (organization_id, address_id, account_id, last_inbound_at)
     select distinct $1::uuid, a, $2::uuid, platform.now() from unnest($3::uuid[]) as a
     on conflict (organization_id, address_id, account_id) do update set last_inbound_at = excluded.last_inbound_at`,
    [organizationId, accountId, addressIds],
  );
}

for (let done = 0; done < accepted; done += BATCH) {
  await fill(first + done, Math.min(BATCH, accepted - done), 'accepted');
}
for (let done = 0; done < ready; done += BATCH) {
  await fill(first + done, Math.min(BATCH, ready - done), 'ready');
}
await admin.query('analyze');
await admin.end();
await app.close();
answer({ filled: accepted + ready });
process.disconnect();
