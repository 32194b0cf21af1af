import { setTimeout as sleep } from 'node:timers/promises';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { AppModule } from '../../src/app.module.js';
import { FakeTerminal } from '../../src/apps/cli/terminal.fake.js';
import { installationOf } from '../../src/apps/cli/installation.js';
import { run } from '../../src/apps/cli/program.js';
import { AuditFacade } from '../../src/foundation/audit/index.js';
import { OrganizationsFacade } from '../../src/foundation/organizations/index.js';
import type { Settings } from '../../src/platform/config/settings.js';
import { systemContext } from '../../src/platform/context/context.js';
import { openApiOf } from '../../src/platform/http/open-api.js';
import { TWO_HOSPITALS } from '../support/app.js';
import { copyTemplate, type TestDatabase } from '../support/database.js';
import { startSandboxEhr } from '../../src/sandbox/ehr/index.js';
import { testSettings } from '../support/settings.js';

const SEAL_WAIT_MS = 20_000;

interface Finding {
  check: string;
  state: string;
  finding: string;
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
    it('finds keys that cannot be read', async () => {
      await untilSealed('st-marys');
      const keyring = settings.keyring.slice('file:'.length);
      const elsewhere = { keyring: `file:${keyring}-lost` };

      const here = await say('keys status --json');
      const lost = await say('keys status --json', elsewhere);

      expect(here.terminal.document<{ organizations: object[] }>().organizations).toContainEqual({
        organization: 'st-marys',
        state: 'readable',
        identity: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      expect(lost.exit).toBe(3);
      rmSync(`${keyring}-lost`, { recursive: true });
    });
  });

  describe('jobs', () => {
    async function failedJob(slug: string): Promise<string> {
      const { rows } = await admin.query<{ id: string }>(
        `select id::text from graphile_worker.add_job('test.nobody@1', $1::json, max_attempts := 1)`,
        [JSON.stringify({ organizationId: await idOf(slug), ids: [], correlationId: 'test' })],
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
        new RegExp(`^${id} +harbour +test.nobody@1 +failed +1/1 +test.code$`, 'm'),
      );
      expect(doctor.exit).toBe(3);
      expect(retried.terminal.document()).toEqual({ id, organization: 'harbour', state: 'waiting' });
      expect([again.exit, again.terminal.document()]).toMatchObject([1, { error: { code: 'not-found' } }]);
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
      expect(findings(terminal).map(({ check }) => check)).toEqual([
        'configuration',
        'database.reachable',
        'database.login',
        'database.locks',
        'database.migrations',
        'jobs.visible',
        'setup.file',
        'keyring',
        'jobs.failed',
      ]);
      expect(exit).toBe(0);
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
      expect(people.terminal.stdout).toMatch(/^st-marys +away +fhir\.unavailable$/m);
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
