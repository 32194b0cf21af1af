import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/platform/database/embedded/index.js';

const STARTER = fileURLToPath(new URL('../../support/start-embedded-postgres.mjs', import.meta.url));
const asRoot = process.getuid?.() === 0 ? it : it.skip;
// Above every pid that Linux gives, so certainly nobody's.
const NOBODYS_PID = 2 ** 22 + 1;

const folders: string[] = [];
const children: ChildProcess[] = [];

describe('the embedded PostgreSQL', () => {
  let dataDir: string;
  let server: EmbeddedPostgres;

  beforeAll(async () => {
    dataDir = dataFolder(0o711);
    server = await start();
  });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  const start = (database = 'main') => startEmbeddedPostgres({ dataDir, database });

  describe('its roles', () => {
    it('are a login that owns and a login that owns nothing, neither above row security', async () => {
      const rows = await query(
        server.adminUrl,
        `select rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb,
           exists (select 1 from pg_shdepend where refobjid = r.oid and deptype = 'o') as owns
         from pg_roles r where rolname like 'carethread%' order by rolname`,
      );
      const below = { rolsuper: false, rolbypassrls: false };
      const nothing = { rolcreaterole: false, rolcreatedb: false, owns: false };
      expect(rows).toEqual([
        { rolname: 'carethread_app', ...below, ...nothing, rolcanlogin: true },
        {
          rolname: 'carethread_owner',
          ...below,
          rolcanlogin: true,
          rolcreaterole: true,
          rolcreatedb: true,
          owns: true,
        },
        { rolname: 'carethread_runtime', ...below, ...nothing, rolcanlogin: false },
      ]);
    });

    it('let the product use what the owner grants to the group, and no more', async () => {
      await query(
        server.ownerUrl,
        `create table granted (id int); grant select on granted to carethread_runtime`,
      );
      await query(server.ownerUrl, `create table kept (id int)`);

      await expect(query(server.runtimeUrl, 'select * from granted')).resolves.toEqual([]);
      await expect(query(server.runtimeUrl, 'select * from kept')).rejects.toMatchObject({ code: '42501' });
    });

    it('let the owner admit another login to the group', async () => {
      await query(server.ownerUrl, 'create role another nologin; grant carethread_runtime to another');

      const [row] = await query(
        server.adminUrl,
        `select pg_has_role('another', 'carethread_runtime', 'member') as ok`,
      );
      expect(row).toEqual({ ok: true });
    });

    it('need their password', async () => {
      const url = new URL(server.runtimeUrl);
      url.password = 'guess';

      await expect(query(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    });
  });

  describe('its files', () => {
    it('show passwords and data to nobody else', () => {
      expect(modeOf(join(server.location, 'credentials.json'))).toBe(0o600);
      expect(modeOf(join(server.location, 'data'))).toBe(0o700);
      expect(modeOf(join(server.location, 'server.log'))).toBe(0o600);
      // Copied binaries, where the server's account cannot reach ours, are no secret.
      const readable = readdirSync(server.location).filter(
        (name) => !name.startsWith('binaries-') && modeOf(join(server.location, name)) & 0o077,
      );
      expect(readable).toEqual([]);
    });

    it('keep no password of the set-up', () => {
      expect(existsSync(join(server.location, 'initdb-password'))).toBe(false);
    });

    it('keep values out of the log', async () => {
      await query(server.ownerUrl, 'create table once (word text primary key)');
      await query(server.ownerUrl, `insert into once values ('secret-value')`);
      await expect(query(server.ownerUrl, `insert into once values ('secret-value')`)).rejects.toThrow();

      expect(readFileSync(join(server.location, 'server.log'), 'utf8')).not.toContain('secret-value');
    });
  });

  it('runs with fixed settings', async () => {
    const [row] = await query(
      server.adminUrl,
      `select current_setting('max_locks_per_transaction') as locks, current_setting('listen_addresses') as address,
         current_setting('unix_socket_directories') as sockets, current_setting('tcp_keepalives_idle') as keepalive,
         current_setting('max_connections') as connections, current_setting('fsync') as fsync,
         current_setting('server_encoding') as encoding, current_setting('timezone') as zone, lower('É') as lowered`,
    );
    expect(row).toEqual({
      locks: '1024',
      address: '127.0.0.1',
      sockets: '',
      keepalive: '10',
      connections: '100',
      fsync: 'on',
      encoding: 'UTF8',
      zone: 'UTC',
      lowered: 'é',
    });
  });

  it('makes the database that is asked for and refuses a taken name when it must be fresh', async () => {
    const other = await start("a second one's");
    expect(await query(other.runtimeUrl, 'select current_database() as name')).toEqual([
      { name: "a second one's" },
    ]);

    const again = startEmbeddedPostgres({ dataDir, database: 'main', fresh: true });

    await expect(again).rejects.toMatchObject({ code: 'database.embedded-database-exists' });
    await other.stop();
  });

  describe('used by several processes', () => {
    it('is one server, however many start at once', async () => {
      const empty = dataFolder(0o711);

      const urls = await Promise.all([startInChild(empty), startInChild(empty), startInChild(empty)]);

      expect(new Set(urls.map(({ adminUrl }) => adminUrl)).size).toBe(1);
      expect(await query(urls[0]!.runtimeUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
      await Promise.all(urls.map(({ child }) => end(child, 'SIGTERM')));
      await expect(query(urls[0]!.adminUrl, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });

    it('stays up until the last of them stops it', async () => {
      const { child } = await startInChild(dataDir);

      await end(child, 'SIGTERM');

      expect(await query(server.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    });

    it('is found again after the process that started it was killed', async () => {
      const folder = dataFolder(0o711);
      const killed = await startInChild(folder);
      await end(killed.child, 'SIGKILL');

      const found = await startEmbeddedPostgres({ dataDir: folder, database: 'main' });

      expect(found.adminUrl).toBe(killed.adminUrl);
      await found.stop();
      await expect(query(killed.adminUrl, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });

    it('starts although a killed process left the lock', async () => {
      writeFileSync(join(dataDir, 'postgres.lock'), `${NOBODYS_PID} 0 left`);

      const found = await start();

      expect(found.adminUrl).toBe(server.adminUrl);
      await found.stop();
    });
  });

  describe('after it died', () => {
    it('starts again with its data', async () => {
      await query(server.ownerUrl, 'create table survivor as select 7 as answer');
      process.kill(Number(pidFile()[0]), 'SIGKILL');

      server = await start();

      expect(await query(server.ownerUrl, 'select answer from survivor')).toEqual([{ answer: 7 }]);
    });

    it('stops without a fault, any number of times', async () => {
      process.kill(Number(pidFile()[0]), 'SIGKILL');

      await server.stop();
      await server.stop();
    });

    it('is not mistaken for a living process that has its pid now', async () => {
      const bystander = spawn('sleep', ['60']);
      children.push(bystander);
      const stale = [
        bystander.pid,
        join(server.location, 'data'),
        '1',
        '1',
        '',
        '127.0.0.1',
        '',
        'ready',
        '',
      ];
      writeFileSync(join(server.location, 'data', 'postmaster.pid'), stale.join('\n'));

      server = await start();

      expect(await query(server.runtimeUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(bystander.exitCode).toBeNull();
    });

    it('is not mistaken for another server of the same passwords', async () => {
      const copy = join(dataFolder(0o711), 'copy');
      mkdirSync(join(copy, 'postgres'), { recursive: true });
      cpSync(join(server.location, 'credentials.json'), join(copy, 'postgres', 'credentials.json'));
      await (await startEmbeddedPostgres({ dataDir: copy, database: 'main' })).stop();
      writeFileSync(join(copy, 'postgres', 'data', 'postmaster.pid'), pidFile().join('\n'));

      const own = await startEmbeddedPostgres({ dataDir: copy, database: 'main' });

      expect(own.adminUrl).not.toBe(server.adminUrl);
      await own.stop();
    });
  });

  it('takes a folder that is named from where the process stands', async () => {
    const folder = dataFolder(0o711);
    const named = relative(process.cwd(), folder);
    const own = await startEmbeddedPostgres({ dataDir: named, database: 'main' });
    expect(await query(own.runtimeUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(own.location).toBe(join(folder, 'postgres'));
    await own.stop();
  });

  describe('under a folder that its account cannot pass', () => {
    asRoot('lives outside and says where', async () => {
      const closed = dataFolder(0o700);

      const outside = await startEmbeddedPostgres({ dataDir: join(closed, 'data'), database: 'main' });
      folders.push(outside.location);

      expect(outside.location.startsWith(closed)).toBe(false);
      expect(readFileSync(join(closed, 'data', 'postgres-location'), 'utf8')).toBe(`${outside.location}\n`);
      expect(modeOf(outside.location)).toBe(0o711);
      expect(await query(outside.runtimeUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
      await outside.stop();
    });

    asRoot('is found there by the next start, which says so again', async () => {
      const closed = dataFolder(0o700);
      const first = await startEmbeddedPostgres({ dataDir: closed, database: 'main' });
      folders.push(first.location);
      rmSync(join(closed, 'postgres-location'));

      const second = await startEmbeddedPostgres({ dataDir: closed, database: 'main' });

      expect(second).toMatchObject({ adminUrl: first.adminUrl, location: first.location });
      expect(readFileSync(join(closed, 'postgres-location'), 'utf8')).toBe(`${first.location}\n`);
      await first.stop();
      await second.stop();
    });
  });

  function pidFile(): string[] {
    return readFileSync(join(server.location, 'data', 'postmaster.pid'), 'utf8').split('\n');
  }
});

function dataFolder(mode: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'carethread-embedded-'));
  chmodSync(folder, mode);
  folders.push(folder);
  return folder;
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

async function startInChild(dataDir: string) {
  const child = spawn(process.execPath, [STARTER, dataDir, 'main'], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return { child, ...(JSON.parse(line) as Pick<EmbeddedPostgres, 'adminUrl' | 'runtimeUrl'>) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // some tests kill the server
  await client.connect();
  try {
    const result = (await client.query(sql)) as pg.QueryResult | pg.QueryResult[];
    return [result].flat().at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}
