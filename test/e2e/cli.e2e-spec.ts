import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { chmodSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { AppModule } from '../../src/app.module.js';
import { FakeTerminal } from '../../src/apps/cli/terminal.fake.js';
import { installationOf } from '../../src/apps/cli/installation.js';
import { run } from '../../src/apps/cli/program.js';
import { AuditFacade } from '../../src/foundation/audit/index.js';
import { OrganizationsFacade } from '../../src/foundation/organizations/index.js';
import { VaultFacade, type KeySubject } from '../../src/foundation/vault/index.js';
import type { Settings } from '../../src/platform/config/settings.js';
import { systemContext } from '../../src/platform/context/context.js';
import { newId } from '../../src/platform/ids/ids.js';
import { openApiOf } from '../../src/platform/http/open-api.js';
import { TWO_HOSPITALS } from '../support/app.js';
import { copyTemplate, type TestDatabase } from '../support/database.js';
import { startSandboxEhr } from '../../src/sandbox/ehr/index.js';
import { testSettings } from '../support/settings.js';

const SEAL_WAIT_MS = 20_000;
const CLI = fileURLToPath(new URL('../../dist/src/apps/cli/carethread.js', import.meta.url));

interface Finding {
  check: string;
  state: string;
  finding: string;
  remedy: string | null;
}

describe('carethread, beside a running product', () => {
  let database: TestDatabase;
  let product: NestFastifyApplication;
  let admin: Client;
  let settings: Settings;

  beforeAll(async () => {
    database = await copyTemplate();
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    settings = testSettings('web', { databaseUrl: database.runtimeUrl, migrationUrl: database.ownerUrl });
    product = await NestFactory.create<NestFastifyApplication>(
      AppModule.with({ ...settings, role: 'all' }, database.runtimeUrl),
      new FastifyAdapter(),
      { abortOnError: false, logger: false },
    );
    await product.init();
    await product.get(OrganizationsFacade).applySetup(TWO_HOSPITALS);
  });
  afterAll(async () => {
    await product.close();
    await admin.end();
    await database.drop();
  });

  async function say(line: string, more: Partial<Settings> = {}) {
    const terminal = new FakeTerminal();
    const installation = installationOf(() => ({ ...settings, ...more }));
    const exit = await run(line.split(' '), { terminal, installation });
    return { exit, terminal };
  }

  async function idOf(slug: string): Promise<string> {
    const all = await product.get(OrganizationsFacade).all();
    return all.find((organization) => organization.slug === slug)!.id;
  }

  describe('db', () => {
    it('has nothing to migrate', async () => {
      const { exit, terminal } = await say('db migrate --json');

      expect(exit).toBe(0);
      expect(terminal.document()).toEqual({ applied: [] });
    });

    it('tells the status of a database of this version', async () => {
      const { exit, terminal } = await say('db status --json');

      expect(exit).toBe(0);
      expect(terminal.document()).toMatchObject({ ok: true, pending: [], unknown: [] });
    });

    it('finds a missing and an unknown migration, and changes nothing', async () => {
      await admin.query(
        `update carethread_migration set name = 'FromTheFuture9' where name like 'PlatformClock%'`,
      );
      try {
        const first = await say('db status --json');
        const second = await say('db status --json');

        expect([first.exit, second.exit]).toEqual([3, 3]);
        expect(second.terminal.document()).toMatchObject({
          ok: false,
          pending: [expect.stringMatching(/^PlatformClock/)],
          unknown: ['FromTheFuture9'],
        });
      } finally {
        await admin.query(
          `update carethread_migration set name = 'PlatformClock1795000000100' where name = 'FromTheFuture9'`,
        );
      }
    });

    it('says that DATABASE_MIGRATION_URL is wrong', async () => {
      const migrationUrl = `${database.ownerUrl}_of_another_name`;

      const { exit, terminal } = await say('db status --json', { migrationUrl });

      expect(exit).toBe(78);
      expect(terminal.document()).toMatchObject({ error: { code: 'database.3d000' } });
    });
  });

  describe("a sandbox's clock", () => {
    const real = { sandbox: false };
    const ahead = async (): Promise<string> => {
      const { rows } = await admin.query<{ ahead: string }>('select ahead::text from platform.clock');
      return rows[0]!.ahead;
    };
    const movable = async (): Promise<boolean> => {
      const { rows } = await admin.query<{ may: boolean }>(
        `select has_table_privilege('carethread_runtime', 'platform.clock', 'update') as may`,
      );
      return rows[0]!.may;
    };

    it('stays as it is, whatever command visits without SANDBOX=true', async () => {
      await admin.query(`update platform.clock set ahead = '25 hours'`);
      try {
        for (const line of ['keys status', 'jobs list', 'audit verify', 'ehr sync', 'doctor', 'db status']) {
          await say(line, real);
          expect([line, await ahead(), await movable()]).toEqual([line, '25:00:00', true]);
        }
      } finally {
        await admin.query(`update platform.clock set ahead = '0'`);
      }
    });

    it('is not set back by db migrate either, which says what is wrong', async () => {
      await admin.query(`update platform.clock set ahead = '25 hours'`);
      try {
        const { exit, terminal } = await say('db migrate --json', real);

        expect(exit).toBe(78);
        expect(terminal.document()).toMatchObject({
          error: { words: [expect.stringContaining('SANDBOX=true')] },
        });
        expect([await ahead(), await movable()]).toEqual(['25:00:00', true]);
      } finally {
        await admin.query(`update platform.clock set ahead = '0'`);
      }
    });

    it('that was never moved is pinned by db migrate', async () => {
      expect((await say('db migrate', real)).exit).toBe(0);
      expect(await movable()).toBe(false);
      expect((await say('db migrate')).exit).toBe(0);
      expect(await movable()).toBe(true);
    });
  });

  describe('setup', () => {
    const write = (text: string): string => {
      const path = join(settings.dataDir, 'setup.yaml');
      writeFileSync(path, text);
      return path;
    };
    const HOSPITAL =
      'organizations: [{ slug: lakeside, name: Lakeside, timeZone: Asia/Kolkata, country: IN, languages: [en] }]';

    it('checks without applying, then applies, and the same file again changes nothing', async () => {
      const setupFile = write(HOSPITAL);

      expect((await say('setup check --json', { setupFile })).exit).toBe(0);
      await expect(idOf('lakeside')).rejects.toThrow();
      const first = await say('setup apply --json', { setupFile });
      const second = await say(`setup apply ${setupFile} --json`);

      expect(first.terminal.document()).toEqual({ organizations: [{ slug: 'lakeside', created: true }] });
      expect(second.terminal.document()).toEqual({ organizations: [{ slug: 'lakeside', created: false }] });
    });

    it.each(['check', 'apply'])('%s lists every fault of the file and ends with 78', async (verb) => {
      const setupFile = write(
        HOSPITAL.replace('Asia/Kolkata', 'Mars/Olympus').replace('country: IN', 'country: Nowhere'),
      );

      const { exit, terminal } = await say(`setup ${verb} --json`, { setupFile });

      expect(exit).toBe(78);
      const { error } = terminal.document<{ error: { words: string[] } }>();
      expect(error.words).toEqual([expect.stringMatching(/timeZone/), expect.stringMatching(/country/)]);
    });

    it('needs a file', async () => {
      expect((await say('setup check')).exit).toBe(2);
    });
  });

  describe('keys', () => {
    const PLACE = { table: 'messaging.message', column: 'content_sealed', row: newId() };
    const seal = async (slug: string): Promise<() => Promise<string>> => {
      const ctx = systemContext(await idOf(slug), 'test');
      const subject: KeySubject = { kind: 'patient', id: newId() };
      const envelope = await product.get(VaultFacade).seal(ctx, subject, PLACE, 'tomorrow at ten');
      return () => product.get(VaultFacade).openText(ctx, subject, PLACE, envelope);
    };

    it('finds keys that cannot be read', async () => {
      await seal('st-marys');
      const keyring = settings.keyring.slice('file:'.length);
      const elsewhere = { keyring: `file:${keyring}-lost` };

      const here = await say('keys status --json');
      const lost = await say('keys status --json', elsewhere);

      expect(here.terminal.document<{ organizations: object[] }>().organizations).toContainEqual({
        organization: 'st-marys',
        state: 'readable',
        identity: expect.stringMatching(/^[0-9a-f]{32}$/),
        epochs: expect.any(Array),
      });
      expect(lost.exit).toBe(3);
      rmSync(`${keyring}-lost`, { recursive: true });
    });

    it('rotates, re-wraps and destroys, for one hospital, beside the product that runs', async () => {
      const open = await seal('harbour');

      const rotated = await say('keys rotate --organization harbour --json');
      const due = await say('keys status --organization harbour');
      const refused = await say('keys rewrap --organization st-marys --destroy --json');
      const rewrapped = await say('keys rewrap --organization harbour --json');
      const kept = await say('keys rewrap --organization harbour --destroy due --json');
      const destroyed = await say('keys rewrap --organization harbour --destroy');
      const after = await say('keys status --organization harbour --json');

      expect(rotated.terminal.document()).toEqual({ organizations: [{ organization: 'harbour', epoch: 2 }] });
      expect(due.exit).toBe(3);
      expect(due.terminal.stdout).toMatch(
        /^harbour +readable +[0-9a-f]{32} +1 +0 d +\d+ keys +rewrap: keys rewrap$/m,
      );
      expect(refused.terminal.document()).toMatchObject({ ok: true, organizations: [{ destroyed: [] }] });
      expect(rewrapped.terminal.document()).toMatchObject({
        ok: true,
        organizations: [{ organization: 'harbour', epoch: 2, failed: 0, destroyed: [], refused: [] }],
      });
      expect(kept.terminal.document()).toMatchObject({ organizations: [{ destroyed: [] }] });
      expect(destroyed.terminal.stdout).toBe('harbour: 0 keys wrapped under epoch 2; epoch 1 is destroyed\n');
      expect(after.exit).toBe(0);
      expect(after.terminal.document()).toMatchObject({
        organizations: [{ epochs: [{ epoch: 2, due: null, replaced_at: null }] }],
      });
      await expect(open()).resolves.toBe('tomorrow at ten');
    });

    it('says that the index key and the audit signing key stay', async () => {
      await seal('lakeside');
      const { terminal } = await say('keys rotate --organization lakeside');
      expect(terminal.stdout).toContain('The index key');
      expect((await say('keys rewrap --organization lakeside --destroy')).exit).toBe(0);
    });

    it('ends with 3 and destroys nothing while a changed data key hangs on the epoch', async () => {
      const id = await idOf('lakeside');
      await seal('lakeside');
      await say('keys rotate --organization lakeside');
      await admin.query(
        `update vault.data_key set commitment = sha256('') where organization_id = $1
            and ctid = (select min(ctid) from vault.data_key where organization_id = $1)`,
        [id],
      );

      const { exit, terminal } = await say('keys rewrap --organization lakeside --destroy --json');

      expect(exit).toBe(3);
      expect(terminal.document()).toMatchObject({
        ok: false,
        organizations: [{ failed: 1, destroyed: [], refused: [{ keys: 1 }] }],
      });
      // What was changed by hand is of nobody, and goes.
      await admin.query(`delete from vault.data_key where organization_id = $1 and commitment = sha256('')`, [
        id,
      ]);
      expect((await say('keys rewrap --organization lakeside --destroy')).exit).toBe(0);
    });

    it('takes up a re-wrapping that was killed half-way, and nothing is lost', async () => {
      const ctx = systemContext(await idOf('st-marys'), 'test');
      const subjects = Array.from({ length: 8_000 }, (): KeySubject => ({ kind: 'patient', id: newId() }));
      const vault = product.get(VaultFacade);
      const sealed: Buffer[] = [];
      for (let at = 0; at < subjects.length; at += 1_000) {
        const part = subjects.slice(at, at + 1_000);
        const keys = await vault.keysFor(ctx, part);
        sealed.push(...part.map((subject) => keys.seal(subject, PLACE, 'tomorrow at ten')));
      }
      await say('keys rotate --organization st-marys');
      const left = async (): Promise<number> => {
        const { rows } = await admin.query<{ keys: number }>(
          'select count(*)::int as keys from vault.data_key where organization_id = $1 and epoch = 1',
          [ctx.organizationId],
        );
        return rows[0]!.keys;
      };
      const before = await left();
      const child = spawn(process.execPath, [CLI, 'keys', 'rewrap', '--organization', 'st-marys'], {
        env: {
          PATH: process.env.PATH,
          DATABASE_URL: database.runtimeUrl,
          DATABASE_MIGRATION_URL: database.ownerUrl,
          CARETHREAD_DATA_DIR: settings.dataDir,
        },
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
      while ((await left()) === before) await sleep(5);
      child.kill('SIGKILL');
      expect(await ended).toBe('SIGKILL');
      const half = await left();
      expect(half).toBeGreaterThan(0);
      expect(half).toBeLessThan(before);

      const { exit, terminal } = await say('keys rewrap --organization st-marys --destroy --json');

      expect(exit).toBe(0);
      expect(terminal.document()).toMatchObject({ organizations: [{ rewrapped: half, destroyed: [1] }] });
      for (let at = 0; at < subjects.length; at += 1_000) {
        const part = subjects.slice(at, at + 1_000);
        const keys = await vault.keysFor(ctx, part);
        part.forEach((subject, n) =>
          expect(keys.openText(subject, PLACE, sealed[at + n]!)).toBe('tomorrow at ten'),
        );
      }
    });
  });

  describe('inbox', () => {
    it('finds webhooks that were put aside, and puts them back into the line', async () => {
      await admin.query(
        `insert into messaging.inbox (organization_id, day, dedupe, id, field, change_sealed, state, tries)
         values ($1, '1970-01-01', 'put aside', gen_random_uuid(), 'messages', 'cannot be opened', 'parked', 8)`,
        [await idOf('harbour')],
      );

      const found = await say('inbox status --organization harbour --json');
      const people = await say('inbox status');
      const retried = await say('inbox retry --organization harbour --json');
      const again = await say('inbox retry --organization harbour');

      expect(found.exit).toBe(3);
      expect(found.terminal.document()).toMatchObject({ inbox: [{ organization: 'harbour', parked: 1 }] });
      expect(people.terminal.stdout).toMatch(/^harbour +\d+ +\d+ s +1$/m);
      expect(retried.terminal.document()).toEqual({ inbox: [{ organization: 'harbour', retried: 1 }] });
      expect(again.terminal.stdout).toBe('harbour: 0 webhooks are worked again.\n');
      expect((await say('inbox status --organization harbour')).exit).toBe(0);
      await admin.query(`delete from messaging.inbox where dedupe = 'put aside'`);
    });
  });

  describe('jobs', () => {
    async function failedJob(slug: string, task = 'test.nobody@1'): Promise<string> {
      const { rows } = await admin.query<{ id: string }>(
        `select id::text from graphile_worker.add_job($2, $1::json, max_attempts := 1)`,
        [JSON.stringify({ organizationId: await idOf(slug), ids: [], correlationId: 'test' }), task],
      );
      await admin.query(
        `update graphile_worker._private_jobs set attempts = 1, last_error = 'test.code' where id = $1`,
        [rows[0]!.id],
      );
      return rows[0]!.id;
    }

    it('lists the failed ones and gives them their attempts back', async () => {
      const id = await failedJob('harbour');

      const listed = await say('jobs list --state failed --organization harbour --json');
      const people = await say('jobs list --state failed');
      const doctor = await say('doctor --json');
      const retried = await say(`jobs retry ${id} --json`);
      const again = await say(`jobs retry ${id} --json`);

      expect(listed.terminal.document()).toMatchObject({
        jobs: [{ id, organization: 'harbour', state: 'failed', last_error: 'test.code' }],
      });
      expect(people.terminal.stdout).toMatch(
        new RegExp(`^${id} +harbour +test.nobody@1 +failed +1/1 +20\\S+ +test.code$`, 'm'),
      );
      expect(doctor.exit).toBe(3);
      expect(retried.terminal.document()).toEqual({ id, organization: 'harbour', state: 'waiting' });
      expect([again.exit, again.terminal.document()]).toMatchObject([1, { error: { code: 'not-found' } }]);
    });

    it('gives all failed jobs of one task their attempts back, and no other', async () => {
      const ids = [await failedJob('harbour'), await failedJob('st-marys')];
      const [other] = [await failedJob('harbour', 'test.other@1')];

      const retried = await say('jobs retry --task test.nobody@1 --json');
      const again = await say('jobs retry --task test.nobody@1');

      expect(
        retried.terminal
          .document<{ jobs: { id: string }[] }>()
          .jobs.map(({ id }) => id)
          .sort(),
      ).toEqual(ids.sort());
      expect(again.terminal.stdout).toBe('No job of this task has failed.\n');
      expect((await say('jobs list --state failed --json')).terminal.document()).toMatchObject({
        jobs: [{ id: other }],
      });
      expect((await say(`jobs retry ${other} --organization st-marys`)).exit).toBe(1);
      expect((await say(`jobs retry ${other} --organization harbour`)).exit).toBe(0);
      expect((await say(`jobs retry ${other} --task test.other@1`)).exit).toBe(2);
    });

    it('calls a job in its last attempt running, and shows those of the installation itself', async () => {
      const id = await failedJob('harbour');
      // A worker that lives shows it so (WorkerPresence); what a dead one had locked is freed at any moment.
      await admin.query(`select pg_advisory_lock_shared(719281002, hashtext('test'))`);
      await admin.query(
        `update graphile_worker._private_jobs set locked_at = now(), locked_by = 'test',
                payload = json_build_object('organizationId', '00000000-0000-0000-0000-000000000000')
          where id = $1`,
        [id],
      );

      const { terminal } = await say('jobs list --json');

      expect(terminal.document<{ jobs: object[] }>().jobs).toContainEqual(
        expect.objectContaining({ id, organization: '(installation)', state: 'running' }),
      );
      expect((await say(`jobs retry ${id}`)).exit).toBe(1);
      await admin.query('delete from graphile_worker._private_jobs where id = $1', [id]);
      await admin.query('select pg_advisory_unlock_all()');
    });

    it('knows no hospital of another name', async () => {
      const { exit, terminal } = await say('jobs list --organization elsewhere --json');

      expect([exit, terminal.document()]).toMatchObject([1, { error: { code: 'not-found' } }]);
    });
  });

  describe('doctor', () => {
    const findings = (terminal: FakeTerminal): Finding[] =>
      terminal.document<{ findings: Finding[] }>().findings;

    it('finds nothing wrong', async () => {
      await Promise.all(['st-marys', 'harbour', 'lakeside'].map(untilSealed));

      const { exit, terminal } = await say('doctor --json');

      expect(findings(terminal).filter(({ state }) => state !== 'ok')).toEqual([]);
      expect([...new Set(findings(terminal).map(({ check }) => check))]).toEqual([
        'configuration',
        'database.reachable',
        'database.sessions',
        'database.login',
        'database.row-security',
        'database.locks',
        'database.keepalives',
        'database.durability',
        'database.logs',
        'database.clock',
        'database.migrations',
        'jobs.visible',
        'keyring.files',
        'setup.file',
        'disk.data',
        'keyring',
        'keys.due',
        'jobs.failed',
        'jobs.waiting',
        'audit.unsealed',
        'messaging.inbox',
        'messaging.ledger',
        'messaging.unsettled',
        'summaries.waiting',
        'summaries.refused',
      ]);
      expect(exit).toBe(0);
    });

    /** What the doctor finds in the world as it is meanwhile. */
    const found = async (check: string): Promise<Finding[]> =>
      findings((await say('doctor --json')).terminal).filter(
        (one) => one.check === check && one.state !== 'ok',
      );
    /** On a database without a worker, whose loops would tidy up. */
    const onQuiet = async (check: string, ...statements: string[]): Promise<Finding[]> => {
      const quiet = await copyTemplate();
      const client = new Client({ connectionString: quiet.adminUrl });
      await client.connect();
      try {
        const one = { databaseUrl: quiet.runtimeUrl, migrationUrl: quiet.ownerUrl };
        const setupFile = join(settings.dataDir, 'quiet.yaml');
        writeFileSync(setupFile, JSON.stringify({ organizations: [TWO_HOSPITALS.organizations[0]] }));
        expect((await say(`setup apply ${setupFile}`, one)).exit).toBe(0);
        const { rows } = await client.query<{ id: string }>(
          'select organization_id as id from organizations.directory',
        );
        for (const statement of statements)
          await client.query(statement.replaceAll('$organization', `'${rows[0]!.id}'`));
        return findings((await say('doctor --json', one)).terminal).filter(
          (one) => one.check === check && one.state !== 'ok',
        );
      } finally {
        await client.end();
        await quiet.drop();
      }
    };
    const MESSAGE = (state: string, due: string): string =>
      `insert into messaging.message
         (organization_id, id, account_id, origin, origin_key, address_id, purpose, content_kind, content_sealed, state,
          due_at, useful_until, created_at, consent_id, consent_version, decided_at)
       values ($organization, gen_random_uuid(), gen_random_uuid(), 'reply', gen_random_uuid()::text, gen_random_uuid(),
               'care', 'text', '', '${state}', now() - interval '${due}', now(), now(), gen_random_uuid(), 1, now())`;
    const SUMMARY = (state: string, due: string): string =>
      `insert into summaries.summary (organization_id, id, conversation_id, state, due_at, composed_at)
       values ($organization, gen_random_uuid(), gen_random_uuid(), '${state}', now() - interval '${due}', now())`;

    it('finds webhooks that nobody reads', async () => {
      const waiting = await onQuiet(
        'messaging.inbox',
        `insert into messaging.inbox (organization_id, day, dedupe, id, field, change_sealed, received_at)
         values ($organization, current_date, '', gen_random_uuid(), 'messages', '', now() - interval '2 minutes')`,
      );
      expect(waiting).toMatchObject([
        { state: 'broken', finding: expect.stringMatching(/^st-marys: 1 webhooks .* 12\d s\.$/) },
      ]);
    });

    it('finds messages that are overdue, of unknown outcome and parked', async () => {
      expect(await onQuiet('messaging.ledger', MESSAGE('ready', '10 minutes'))).toMatchObject([
        { state: 'broken', finding: expect.stringMatching(/: 1 messages are due, the oldest for 60\d s/) },
      ]);
      expect(
        await onQuiet(
          'messaging.unsettled',
          MESSAGE('unknown', '0'),
          MESSAGE('parked', '0'),
          MESSAGE('parked', '0'),
        ),
      ).toMatchObject([
        { state: 'warning', finding: expect.stringContaining('1 messages of unknown outcome, 2 parked') },
      ]);
    });

    it('finds summaries that do not reach the EHR, and those that it never took', async () => {
      expect(await onQuiet('summaries.waiting', SUMMARY('composed', '20 minutes'))).toMatchObject([
        { state: 'broken' },
      ]);
      expect(await onQuiet('summaries.refused', SUMMARY('refused', '0'))).toMatchObject([
        { state: 'warning' },
      ]);
    });

    it('finds jobs that no worker takes', async () => {
      const late = await onQuiet(
        'jobs.waiting',
        `select graphile_worker.add_job('test.nobody@1', json_build_object('organizationId', $organization),
                                        run_at := now() - interval '11 minutes')`,
      );
      expect(late).toMatchObject([{ state: 'broken', finding: expect.stringMatching(/^1 jobs .* 66\d s/) }]);
    });

    it('finds audit events that nobody seals', async () => {
      const unsealed = await onQuiet(
        'audit.unsealed',
        `alter table audit.unsealed disable trigger all`,
        `insert into audit.unsealed (organization_id, recorded_at, event_id, leaf)
         values ($organization, now() - interval '61 seconds', gen_random_uuid(), sha256(''))`,
      );
      expect(unsealed).toMatchObject([{ state: 'broken', finding: expect.stringMatching(/^st-marys: /) }]);
    });

    it('finds a WhatsApp account that may send nothing', async () => {
      const held = await onQuiet(
        'whatsapp',
        `insert into messaging.account
           (organization_id, id, name, graph_base_url, business_account_id, phone_number_id, access_token_sealed,
            app_secrets_sealed, verify_token_sealed, created_at)
         values ($organization, '00000000-0000-7000-8000-000000000001', 'main', 'https://graph.invalid', '1', '2', '', '', '', now())`,
        `insert into messaging.channel
           (organization_id, account_id, messages_per_second, held_code, held_until, held_scope, templates_due_at)
         values ($organization, '00000000-0000-7000-8000-000000000001', 80, 131031, now() + interval '1 day', 'all', now())`,
      );
      expect(held).toMatchObject([{ state: 'broken', finding: expect.stringContaining('131031') }]);
    });

    it('finds a table whose rows are not kept apart', async () => {
      await admin.query('alter table consent.consent no force row level security');
      try {
        expect(await found('database.row-security')).toMatchObject([
          { state: 'broken', finding: expect.stringContaining('consent.consent') },
        ]);
      } finally {
        await admin.query('alter table consent.consent force row level security');
      }
    });

    it('finds settings of the server that lose commits, show values or keep dead clients', async () => {
      const name = new URL(database.adminUrl).pathname.slice(1);
      await admin.query(`alter database ${name} set synchronous_commit = off`);
      await admin.query(`alter database ${name} set log_error_verbosity = verbose`);
      await admin.query(`alter database ${name} set tcp_keepalives_idle = 7200`);
      try {
        expect(await found('database.durability')).toMatchObject([
          { state: 'broken', finding: expect.stringMatching(/^synchronous_commit = off/) },
        ]);
        expect(await found('database.logs')).toMatchObject([
          { state: 'broken', remedy: 'Set log_error_verbosity = terse in postgresql.conf and reload.' },
        ]);
        expect(await found('database.keepalives')).toMatchObject([{ state: 'warning' }]);
      } finally {
        await admin.query(`alter database ${name} reset all`);
      }
    });

    it('finds a keyring that others can read, before the product refuses to start on it', async () => {
      const keyring = settings.keyring.slice('file:'.length);
      chmodSync(keyring, 0o750);
      try {
        expect(await found('keyring.files')).toMatchObject([
          { state: 'broken', finding: expect.stringContaining('chmod go-rwx') },
        ]);
      } finally {
        chmodSync(keyring, 0o700);
      }
    });

    it('finds keys that are due', async () => {
      const { epochs } = await product
        .get(VaultFacade)
        .keysState(systemContext(await idOf('harbour'), 'test'));
      const file = join(
        settings.keyring.slice('file:'.length),
        await idOf('harbour'),
        `kek-${String(epochs.at(-1)!.epoch).padStart(6, '0')}.key`,
      );
      const ago = new Date(Date.now() - 31 * 86_400_000);
      utimesSync(file, ago, ago);

      expect(await found('keys.due')).toMatchObject([
        { state: 'warning', finding: expect.stringContaining('harbour') },
      ]);
      utimesSync(file, new Date(), new Date());
    });

    it('says that the database is away', async () => {
      const { exit, terminal } = await say('doctor --json', {
        databaseUrl: `${database.runtimeUrl}_of_another_name`,
      });

      expect(exit).toBe(3);
      expect(findings(terminal)).toContainEqual(
        expect.objectContaining({ check: 'database.reachable', state: 'broken' }),
      );
    });

    it('finds a login that owns the tables', async () => {
      const { exit, terminal } = await say('doctor --json', { databaseUrl: database.ownerUrl });

      expect(exit).toBe(3);
      expect(findings(terminal)).toContainEqual(
        expect.objectContaining({ check: 'database.login', state: 'warning' }),
      );
    });

    it('finds that the login does not see the jobs', async () => {
      await admin.query('drop policy carethread on graphile_worker._private_jobs');

      const { terminal } = await say('doctor --json');
      expect(findings(terminal)).toContainEqual(
        expect.objectContaining({ check: 'jobs.visible', state: 'broken' }),
      );

      await say('db migrate');
      const healed = await say('doctor --json');
      expect(findings(healed.terminal)).toContainEqual(
        expect.objectContaining({ check: 'jobs.visible', state: 'ok' }),
      );
    });
  });

  describe('ehr', () => {
    let sandbox: Awaited<ReturnType<typeof startSandboxEhr>>;

    // Without loops of its own: what is asked here is asked by the command.
    let quiet: TestDatabase;
    let one: Partial<Settings>;

    beforeAll(async () => {
      [sandbox, quiet] = await Promise.all([startSandboxEhr({ seed: 1, now: new Date() }), copyTemplate()]);
      one = { databaseUrl: quiet.runtimeUrl, migrationUrl: quiet.ownerUrl };
      const connections = [
        { name: 'alive', baseUrl: `${sandbox.url}/st-marys/fhir`, allowPrivateNetwork: true },
        { name: 'away', baseUrl: 'http://127.0.0.1:1/fhir', allowPrivateNetwork: true },
      ];
      const setupFile = join(settings.dataDir, 'ehr.yaml');
      const [hospital] = TWO_HOSPITALS.organizations;
      writeFileSync(setupFile, JSON.stringify({ organizations: [{ ...hospital, ehr: connections }] }));
      expect((await say(`setup apply ${setupFile}`, one)).exit).toBe(0);
    });
    afterAll(async () => {
      await sandbox.close();
      await quiet.drop();
    });

    it('tells what an EHR can do', async () => {
      const { exit, terminal } = await say('ehr capabilities alive --json', one);

      expect(exit).toBe(0);
      expect(terminal.document()).toEqual({
        connections: [
          expect.objectContaining({
            organization: 'st-marys',
            name: 'alive',
            fhirVersion: expect.stringMatching(/^4/),
            table: expect.arrayContaining([expect.objectContaining({ question: 'sync-strategy' })]),
          }),
        ],
      });
    });

    it('tells the others when one is away, and ends with 5', async () => {
      const script = await say('ehr capabilities --json', one);
      const people = await say('ehr capabilities', one);

      expect([script.exit, people.exit]).toEqual([5, 5]);
      expect(script.terminal.document()).toMatchObject({
        connections: [
          { name: 'alive', syncStrategy: expect.any(String) },
          { name: 'away', error: { code: 'fhir.unavailable' } },
        ],
      });
      expect(people.terminal.stdout).toMatch(/^st-marys\/alive\nQUESTION +ANSWER +BECAUSE +WHAT IT MEANS$/m);
      expect(people.terminal.stdout).toMatch(/^action-level +L\d +\w+ +\S/m);
      expect(people.terminal.stdout).toMatch(/^st-marys\/away: .+/m);
    });

    it('knows no EHR connection of another name', async () => {
      expect((await say('ehr capabilities elsewhere', one)).exit).toBe(1);
    });

    it('syncs the one that is there, and ends with 5 for the one that is not', async () => {
      const { exit, terminal } = await say('ehr sync --json', one);

      expect(exit).toBe(5);
      expect(terminal.document()).toMatchObject({
        connections: [
          { name: 'alive', complete: true, rows: expect.any(Number) },
          { name: 'away', error: { code: 'fhir.unavailable' } },
        ],
      });
    });

    describe('drift', () => {
      const control = (method: string, path: string, body: object): Promise<Response> =>
        fetch(`${sandbox.url}/control/${path}`, { method, body: JSON.stringify(body) });

      beforeAll(async () => {
        const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
        await control('PUT', 'hospitals/st-marys/Appointment/unheard', {
          resourceType: 'Appointment',
          id: 'unheard',
          status: 'booked',
          start: at(24),
          end: at(25),
          participant: [{ actor: { reference: 'Patient/10001' }, status: 'accepted' }],
        });
        await control('POST', 'clock', { advance: 'PT20M' });
      });

      it('shows what differs from what is planned, and ends with 3', async () => {
        const script = await say('ehr drift alive --days 3 --json', one);
        const people = await say('ehr drift alive --days 3', one);

        expect([script.exit, people.exit]).toEqual([3, 3]);
        expect(script.terminal.document()).toMatchObject({
          connections: [
            {
              organization: 'st-marys',
              name: 'alive',
              report: expect.stringMatching(/^drf_/),
              state: 'complete',
              days: expect.arrayContaining([expect.objectContaining({ ehr: expect.any(Number) })]),
              differences: expect.arrayContaining([
                expect.objectContaining({ kind: 'only-in-ehr', reference: 'Appointment/unheard' }),
              ]),
            },
          ],
        });
        expect(people.terminal.stdout).toMatch(
          /^st-marys\/alive\nDAY +FACILITY +EHR +HERE +PLANNED +SENT +SKIPPED +DIFFERENT +HIDDEN$/m,
        );
        expect(people.terminal.stdout).toMatch(/^only-in-ehr +20\S+ +- +Appointment\/unheard +- +booked$/m);
      });

      it('shows nothing once both say the same, and ends with 5 when an EHR is away', async () => {
        await control('DELETE', 'hospitals/st-marys/Appointment/unheard', {});
        const { terminal } = await say('ehr drift alive --days 3 --json', one);
        const [alive] = terminal.document<{ connections: { differences: { kind: string }[] }[] }>()
          .connections;
        expect(alive!.differences.filter(({ kind }) => kind !== 'unusable')).toEqual([]);

        const away = await say('ehr drift away --json', one);
        expect(away.exit).toBe(5);
        expect(away.terminal.document()).toMatchObject({
          connections: [{ name: 'away', error: { code: 'fhir.unavailable' } }],
        });
      });

      it('looks at fourteen days at most', async () => {
        expect((await say('ehr drift alive --days 15', one)).exit).toBe(2);
      });
    });

    it('is what the doctor finds too', async () => {
      const { exit, terminal } = await say('doctor --json', one);

      expect(exit).toBe(3);
      const { findings } = terminal.document<{ findings: Finding[] }>();
      expect(findings.filter(({ check }) => check === 'ehr')).toMatchObject([
        { finding: expect.stringMatching(/^st-marys\/alive was last read completely at 20/) },
        { state: 'broken', finding: expect.stringMatching(/^st-marys\/away .* \(fhir\.unavailable\)/) },
      ]);
    });
  });

  describe('openapi', () => {
    it('prints, without a database, what the running product serves', async () => {
      const { exit, terminal } = await say('openapi', {
        databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing',
      });

      expect(exit).toBe(0);
      const printed = terminal.document<{ paths: object }>();
      const served = JSON.parse(JSON.stringify(openApiOf(product))) as { paths: Record<string, object> };
      // The one route that only a sandbox has.
      delete served.paths['/sandbox/clock'];
      expect(Object.keys(printed.paths).length).toBeGreaterThan(20);
      expect(printed.paths).toEqual(served.paths);
    });
  });

  describe('audit', () => {
    it('finds the log whole, and names the first bad position once it is not', async () => {
      await untilSealed('st-marys');
      const whole = await say('audit verify --json');

      expect(whole.exit).toBe(0);
      expect(
        whole.terminal.document<{ logs: { organization: string }[] }>().logs.map((log) => log.organization),
      ).toEqual(['(installation)', 'harbour', 'lakeside', 'st-marys']);

      await admin.query('alter table audit.event disable trigger user');
      const { rowCount } = await admin.query(
        `update audit.event e set body = body || ' '::bytea from audit.leaf l
          where l.organization_id = e.organization_id and l.event_id = e.id and l.idx = 0 and e.organization_id = $1`,
        [await idOf('st-marys')],
      );
      expect(rowCount).toBe(1);

      const broken = await say('audit verify --organization st-marys');
      const others = await say('audit verify --organization harbour');

      expect(broken.exit).toBe(3);
      expect(broken.terminal.stdout).toMatch(/^BROKEN {2}st-marys: event-changed at position 0 /);
      expect(others.exit).toBe(0);
    });
  });

  /** The running product has sealed something of this hospital, and so made its keys. */
  async function untilSealed(slug: string): Promise<void> {
    const id = await idOf(slug);
    await product.get(AuditFacade).record(systemContext(id, 'test'), { type: 'test.happened', action: 'E' });
    const end = performance.now() + SEAL_WAIT_MS;
    while (performance.now() < end) {
      const { rowCount } = await admin.query('select 1 from audit.leaf where organization_id = $1 limit 1', [
        id,
      ]);
      if (rowCount) return;
      await sleep(100);
    }
    throw new Error('nothing was sealed');
  }
});
