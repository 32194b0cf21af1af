import { Client } from 'pg';
import { systemContext } from '../../../src/platform/context/context.js';
import { sql, Transactions } from '../../../src/platform/database/transactions.js';
import { newId } from '../../../src/platform/ids/ids.js';
import { Events } from '../../../src/platform/jobs/events.js';
import { Listeners } from '../../../src/platform/jobs/listeners.js';
import { Loops } from '../../../src/platform/jobs/loops.js';
import { Settle } from '../../../src/platform/jobs/settle.js';
import { WorkerPresence } from '../../../src/platform/jobs/worker-presence.js';
import { Module, type OnModuleInit } from '@nestjs/common';
import { type TestPlatform, startPlatform } from '../../support/platform.js';

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await what())) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const seen: { organizationId: string; ids: string[] }[] = [];
let during: () => Promise<void> = async () => undefined;

@Module({})
class ListeningModule implements OnModuleInit {
  constructor(private readonly listeners: Listeners) {}

  onModuleInit(): void {
    this.listeners.on('test.happened', 'test.remember@1', async ({ organizationId }, ids) => {
      seen.push({ organizationId, ids });
      await during();
    });
  }
}

describe('events and jobs, as the login that owns nothing', () => {
  let platform: TestPlatform;
  const ctx = systemContext(newId(), 'test');

  beforeAll(async () => {
    platform = await startPlatform([ListeningModule]);
  });
  beforeEach(() => {
    seen.splice(0);
    during = async () => undefined;
  });
  afterAll(() => platform.close());

  const publish = (ids: string[], then: () => void = () => undefined): Promise<void> =>
    platform.app.get(Transactions).run(ctx, async (tx) => {
      await platform.app.get(Events).publish(tx, 'test.happened', ids);
      then();
    });

  it('handles an event after its commit, up to 500 ids at a time', async () => {
    const ids = Array.from({ length: 501 }, () => newId());
    await publish(ids);
    await platform.app.get(Settle).untilIdle();

    expect(seen.map(({ ids: some }) => some.length).sort((a, b) => a - b)).toEqual([1, 500]);
    expect(seen.every(({ organizationId }) => organizationId === ctx.organizationId)).toBe(true);
  });

  it('forgets an event whose transaction went back', async () => {
    await publish([newId()], () => {
      throw new Error('no');
    }).catch(() => undefined);
    await platform.app.get(Settle).untilIdle();
    expect(seen).toEqual([]);
  });

  it('refuses to start when the login cannot see its jobs', async () => {
    const blind = await startPlatform([], 'web');
    const owner = new Client({ connectionString: blind.database.ownerUrl });
    await owner.connect();
    await owner.query('drop policy carethread on graphile_worker._private_jobs');
    await owner.end();
    const { JobRunner } = await import('../../../src/platform/jobs/job-runner.js');
    await expect(blind.app.get(JobRunner).onApplicationBootstrap()).rejects.toThrow();
    await blind.close();
  });

  it('knows its own workers while they work', async () => {
    const freed: number[] = [];
    during = async () => {
      freed.push(await platform.app.get(WorkerPresence).freeDead());
    };
    await publish([newId()]);
    await platform.app.get(Settle).untilIdle();
    expect(freed).toEqual([0]);
  });

  it('works on, and shows again that it lives, after all connections were ended in the middle of a job', async () => {
    const admin = new Client({ connectionString: platform.database.adminUrl });
    await admin.connect();
    const presences = async (): Promise<number> => {
      const { rows } = await admin.query(
        `select count(*)::int as held from pg_locks join pg_database d on d.oid = database
          where locktype = 'advisory' and classid = 719281002 and datname = current_database()`,
      );
      return rows[0].held as number;
    };
    const ids = [newId(), newId()];
    during = async () => {
      during = async () => undefined;
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`,
      );
    };
    await publish([ids[0]!]);
    await until(async () => seen.length > 0 && (await presences()) === 1);
    await until(() =>
      publish([ids[1]!]).then(
        () => true,
        () => false,
      ),
    );
    await until(() => seen.some(({ ids: [id] }) => id === ids[1]));
    await platform.app.get(Settle).untilIdle();
    const { rows } = await admin.query('select 1 from graphile_worker._private_jobs');
    expect(rows).toEqual([]);
    await admin.end();
  });

  it('frees the jobs of a worker that died, and leaves those of a living one alone', async () => {
    const living = platform.database;
    const client = new Client({ connectionString: living.runtimeUrl });
    await client.connect();
    await client.query(`select graphile_worker.add_job('test.nobody@1', '{}'::json)`);
    await client.query(
      `update graphile_worker._private_jobs set locked_by = 'worker-that-died', locked_at = now()
        where task_id = (select id from graphile_worker._private_tasks where identifier = 'test.nobody@1')`,
    );
    expect(await platform.app.get(WorkerPresence).freeDead()).toBe(1);
    const { rows } = await client.query(
      `select locked_by from graphile_worker._private_jobs where locked_by is not null`,
    );
    expect(rows).toEqual([]);

    await client.query(
      `update graphile_worker._private_jobs set locked_by = 'worker-that-lives', locked_at = now()`,
    );
    await client.query(`select pg_advisory_lock_shared(719281002, hashtext('worker-that-lives'))`);
    expect(await platform.app.get(WorkerPresence).freeDead()).toBe(0);
    await client.query('delete from graphile_worker._private_jobs');
    await client.end();
  });
});

describe('loops', () => {
  let platform: TestPlatform;
  const organizations = [newId(), newId()];
  const turns: string[] = [];
  const left = new Map(organizations.map((id) => [id, 3]));

  beforeAll(async () => {
    platform = await startPlatform();
    const loops = platform.app.get(Loops);
    loops.useOrganizations(async () => organizations);
    loops.register({
      name: 'test.work',
      everyMs: 60_000,
      claim: async ({ organizationId }) => {
        const due = left.get(organizationId)!;
        if (due === 0) return 0;
        turns.push(organizationId);
        left.set(organizationId, due - 1);
        return 1;
      },
    });
    loops.register({
      name: 'test.failing',
      everyMs: 60_000,
      claim: async ({ organizationId }) => {
        if (organizationId === organizations[0]) throw new Error('one organization is broken');
        return 0;
      },
    });
  });
  afterAll(() => platform.close());

  it('lets organizations take turns until nothing is due', async () => {
    expect(await platform.app.get(Loops).wake('test.work')).toBe(6);
    const [first, second] = organizations;
    expect(turns.filter((id) => id === first)).toHaveLength(3);
    expect(turns.slice(0, 2).sort()).toEqual([first, second].sort());
  });

  it('does not let one organization stop another, or the process', async () => {
    await expect(platform.app.get(Loops).wake('test.failing')).resolves.toBe(0);
  });
});

describe('platform.now()', () => {
  it('uses an index, which a volatile function would not', async () => {
    const platform = await startPlatform([], 'web');
    const owner = new Client({ connectionString: platform.database.ownerUrl });
    await owner.connect();
    await owner.query('create table public.due (at timestamptz)');
    await owner.query(
      `insert into public.due select now() + make_interval(secs => n) from generate_series(1, 20000) n`,
    );
    await owner.query('create index on public.due (at); analyze public.due');
    const { rows } = await owner.query('explain select * from public.due where at <= platform.now()');
    expect(JSON.stringify(rows)).toMatch(/Index/);
    await owner.end();
    await platform.close();
  });

  it('moves only where a sandbox was set up', async () => {
    const { migrate } = await import('../../../src/platform/database/migrate.js');
    const platform = await startPlatform([], 'web');
    const transactions = platform.app.get(Transactions);
    const move = (): Promise<unknown> =>
      transactions.directory((tx) => sql(tx, `update platform.clock set ahead = '1 day'`));
    await expect(move()).resolves.toBeDefined();

    const pin = (): Promise<unknown> =>
      migrate({
        ownerUrl: platform.database.ownerUrl,
        runtimeRole: 'carethread_app',
        movableClock: false,
      });
    const ahead = async (): Promise<unknown> => {
      const [row] = await transactions.directory((tx) =>
        sql<{ ahead: object }>(tx, 'select ahead from platform.clock'),
      );
      return row!.ahead;
    };
    await expect(pin()).rejects.toMatchObject({ faults: [expect.stringContaining('SANDBOX=true')] });
    expect(await ahead()).toMatchObject({ days: 1 });

    await transactions.directory((tx) => sql(tx, `update platform.clock set ahead = '0'`));
    await pin();
    await expect(move()).rejects.toMatchObject({ sqlState: '42501' });
    expect(Object.values((await ahead()) as object)).toEqual([]);
    await platform.close();
  });
});
