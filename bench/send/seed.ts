import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { AppModule } from '../../src/app.module.js';
import { OrganizationsFacade } from '../../src/foundation/organizations/index.js';
import { VaultFacade } from '../../src/foundation/vault/index.js';
import { readSettings } from '../../src/platform/config/settings.js';
import { systemContext, type Context } from '../../src/platform/context/context.js';
import { newId } from '../../src/platform/ids/ids.js';
import { adminUrlOf, type Trial } from '../../test/support/trial/trial.js';

/** A patient with one WhatsApp address who agreed to reminders. */
interface Person {
  patientId: string;
  addressId: string;
}

export interface Seed {
  /** Reminders that are due an hour from now, spread over the numbers; each sealed so that it opens. */
  addMessages(count: number): Promise<void>;
  /** Rows that only lie there: due in a day. */
  addWaiting(count: number): Promise<void>;
  makeDue(): Promise<void>;
  /** How many of ours are in each state. */
  states(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

const CHUNK = 500;

/** Writes rows past the modules' doors, sealed by the vault itself: through the doors a million take too long. */
export async function seedPeople(trial: Trial, count: number): Promise<Seed> {
  const settings = readSettings('web', { ...trial.environment, LOG_LEVEL: 'error' });
  const app = await NestFactory.createApplicationContext(
    AppModule.with(settings, trial.postgres.runtimeUrl),
    {
      logger: false,
    },
  );
  const pool = new pg.Pool({ connectionString: adminUrlOf(trial), max: 2 });
  const [organization] = await app.get(OrganizationsFacade).all();
  const ctx = systemContext(organization!.id, 'bench');
  const vault = app.get(VaultFacade);
  const { rows: accounts } = await pool.query<{ id: string }>('select id from messaging.account order by id');
  const people = await addPeople(pool, { ctx, vault, count });
  return {
    addMessages: async (wanted) => {
      await addMessages(pool, {
        ctx,
        vault,
        accounts: accounts.map(({ id }) => id),
        people: people.slice(0, wanted),
      });
      await analyze(pool);
    },
    addWaiting: (wanted) => addWaiting(pool, wanted),
    makeDue: async () => {
      await pool.query(
        `update messaging.message set due_at = platform.now(), created_at = platform.now()
          where origin_key like 'bench:%' and state = 'ready'`,
      );
    },
    states: async () => {
      const { rows } = await pool.query<{ state: string; n: number }>(
        `select state, count(*)::int as n from messaging.message where origin_key like 'bench:%' group by state`,
      );
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    },
    close: async () => {
      await pool.end();
      await app.close();
    },
  };
}

interface Into {
  ctx: Context;
  vault: VaultFacade;
}

async function addPeople(pool: pg.Pool, { ctx, vault, count }: Into & { count: number }): Promise<Person[]> {
  const people: Person[] = [];
  for (let from = 0; from < count; from += CHUNK) {
    const some = Array.from({ length: Math.min(CHUNK, count - from) }, (_, n) => ({
      patientId: newId(),
      addressId: newId(),
      number: numberOf(from + n),
    }));
    await insertPeople(pool, { ctx, vault, some });
    people.push(...some);
  }
  return people;
}

/** 555-01xx of area code after area code: reserved for fiction. */
function numberOf(n: number): string {
  return `1${201 + Math.floor(n / 100)}55501${String(n % 100).padStart(2, '0')}`;
}

async function insertPeople(
  pool: pg.Pool,
  { ctx, vault, some }: Into & { some: (Person & { number: string })[] },
): Promise<void> {
  const subjects = some.flatMap(({ patientId, addressId }) => [
    { kind: 'patient', id: patientId } as const,
    { kind: 'contact', id: addressId } as const,
  ]);
  const keys = await vault.keysFor(ctx, subjects);
  const names = some.map(({ patientId: id }) =>
    keys.seal({ kind: 'patient', id }, { table: 'patients.patient', column: 'names_sealed', row: id }, '[]'),
  );
  const numbers = some.map(({ addressId: id, number }) =>
    keys.seal(
      { kind: 'contact', id },
      { table: 'patients.address', column: 'number_sealed', row: id },
      number,
    ),
  );
  const ids = {
    patients: some.map(({ patientId }) => patientId),
    addresses: some.map(({ addressId }) => addressId),
  };
  await pool.query(
    `with person as (select * from unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[]) as p(patient, address, names, number)),
       patient as (
         insert into patients.patient (organization_id, id, connection_id, fhir_id, names_sealed, deceased, active, minor)
         select $1, patient, $1, patient::text, names, false, true, false from person),
       address as (
         insert into patients.address (organization_id, id, number_sealed, number_index)
         select $1, address, number, sha256(address::text::bytea) from person),
       consent as (
         insert into consent.consent (organization_id, id, patient_id, address_id, purpose, status, method, wording_version, recorded_at)
         select $1, gen_random_uuid(), patient, address, 'appointment-reminders', 'active', 'paper', '1', platform.now() from person)
     select 1`,
    [ctx.organizationId, ids.patients, ids.addresses, names, numbers],
  );
  await pool.query(
    `insert into patients.link (organization_id, patient_id, address_id, rank, source, state, changed_at)
     select $1, patient, address, 1, 'ehr', 'active', platform.now() from unnest($2::uuid[], $3::uuid[]) as p(patient, address)`,
    [ctx.organizationId, ids.patients, ids.addresses],
  );
}

async function addMessages(
  pool: pg.Pool,
  { ctx, vault, accounts, people }: Into & { accounts: string[]; people: Person[] },
): Promise<void> {
  for (let from = 0; from < people.length; from += CHUNK) {
    const some = people.slice(from, from + CHUNK).map((person) => ({ ...person, id: newId() }));
    const keys = await vault.keysFor(
      ctx,
      some.map(({ patientId: id }) => ({ kind: 'patient', id })),
    );
    const sealed = some.map(({ id, patientId }) =>
      keys.seal(
        { kind: 'patient', id: patientId },
        { table: 'messaging.message', column: 'content_sealed', row: id },
        JSON.stringify({
          content: contentOf(),
          text: 'As the patient reads it, some two hundred letters of it or more.',
        }),
      ),
    );
    await pool.query(
      `insert into messaging.message (organization_id, id, account_id, origin, origin_key, address_id, patient_id, purpose,
         visit_id, content_kind, template_name, template_language, content_sealed, due_at, useful_until, created_at)
       select $1, id, ($5::uuid[])[1 + n % $7::int], 'notice', 'bench:' || id, address, patient, 'appointment-reminders',
              gen_random_uuid(), 'template', 'appointment_reminder', 'en', sealed, platform.now() + interval '1 hour',
              platform.now() + interval '1 day', platform.now()
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $6::bytea[]) with ordinality as m(id, address, patient, sealed, n)`,
      [
        ctx.organizationId,
        some.map(({ id }) => id),
        some.map(({ addressId }) => addressId),
        some.map(({ patientId }) => patientId),
        accounts,
        sealed,
        accounts.length,
      ],
    );
  }
}

function contentOf(): object {
  return {
    kind: 'template',
    name: 'appointment_reminder',
    language: 'en',
    body: ['Asha', "St Mary's", 'Tuesday, 24 November', '10:30 IST', 'Block B'],
    buttons: [`a1.${randomUUID()}`, `c1.${randomUUID()}`],
  };
}

async function addWaiting(pool: pg.Pool, count: number): Promise<void> {
  await pool.query(
    `insert into messaging.message (organization_id, id, account_id, origin, origin_key, address_id, patient_id, purpose,
       content_kind, template_name, template_language, content_sealed, due_at, useful_until, created_at)
     select m.organization_id, gen_random_uuid(), a.id, 'notice', 'waiting:' || gen_random_uuid(), gen_random_uuid(),
            gen_random_uuid(), m.purpose, m.content_kind, m.template_name, m.template_language, m.content_sealed,
            platform.now() + interval '1 day' + n * interval '1 ms', platform.now() + interval '2 days', platform.now()
       from generate_series(1, $1::int) as n
       join (select id, row_number() over (order by id) - 1 as k, count(*) over () as of from messaging.account) as a
         on a.k = n % a.of
       cross join (select * from messaging.message where origin_key like 'bench:%' limit 1) as m`,
    [count],
  );
  await pool.query('vacuum analyze messaging.message');
}

/** What autovacuum does within a minute of such a load. */
async function analyze(pool: pg.Pool): Promise<void> {
  await pool.query('analyze');
}
