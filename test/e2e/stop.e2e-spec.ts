import { type ChildProcess, spawn } from 'node:child_process';
import { Agent, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Arena, happens, openArena, templatesKnown } from '../endurance/support/arena.js';
import { adminUrlOf } from '../support/trial/trial.js';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const EXIT_WITHIN_MS = 30_000;
/** Says when the runtime itself is up: before that no program can hear a signal. */
const SAYS_UP = 'data:text/javascript,process.send({up:true})';
const MOMENTS = 8;
const PEOPLE = 24;

interface Ended {
  code: number | null;
  stderr: string;
}

interface Launched {
  child: ChildProcess;
  up: Promise<void>;
  ready: Promise<string>;
  ended: Promise<Ended>;
  said: () => string;
}

describe('a process that is asked to end', () => {
  let arena: Arena;
  const running = new Set<Launched>();
  const locks = new Set<pg.Client>();

  beforeAll(async () => {
    arena = await openArena({ name: 'stop', seed: 1, people: PEOPLE });
    const first = await arena.start();
    await templatesKnown(arena);
    await first.stop();
    await arena.whatsapp.answersAfter(200);
  }, 120_000);
  // What a test that failed has left.
  afterEach(async () => {
    for (const client of locks) await client.end();
    locks.clear();
    for (const { child, ended } of running) {
      child.kill('SIGKILL');
      await ended;
    }
  });
  afterAll(() => arena?.close());

  function launch(): Launched {
    const { environment, folder } = arena.trial;
    const child = spawn(process.execPath, ['--import', SAYS_UP, MAIN], {
      env: {
        PATH: process.env.PATH,
        ...environment,
        LOG_LEVEL: 'info',
        PORT: String(arena.port),
        CARETHREAD_SETUP_FILE: join(folder, 'setup.yaml'),
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stderr })));
    const told = <T>(wanted: 'up' | 'ready'): Promise<T> =>
      new Promise((resolve) =>
        child.on('message', (message: Record<string, T>) => message[wanted] && resolve(message[wanted])),
      );
    const launched = { child, ended, up: told<void>('up'), ready: told<string>('ready'), said: () => stderr };
    running.add(launched);
    void ended.then(() => running.delete(launched));
    return launched;
  }

  async function stopped({ child, ended }: Launched): Promise<Ended & { took: number }> {
    const began = performance.now();
    child.kill('SIGTERM');
    const end = await ended;
    return { ...end, took: performance.now() - began };
  }

  /** Until the answer is called. */
  async function hold(table: string, mode: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: adminUrlOf(arena.trial) });
    await client.connect();
    await client.query(`begin; lock table ${table} in ${mode} mode`);
    locks.add(client);
    return () => client.end();
  }

  const count = async (sql: string): Promise<number> => (await arena.sql<{ n: number }>(sql))[0]!.n;
  const leftLeased = (): Promise<number> =>
    count(`select (
      (select count(*) from messaging.message where state in ('claimed', 'sending'))
      + (select count(*) from fhir.write where lease_until > clock_timestamp())
      + (select count(*) from summaries.summary where lease_until > clock_timestamp())
      + (select count(*) from graphile_worker._private_jobs where locked_at is not null))::int as n`);

  it('ends with 0 and leaves nothing leased, at whatever moment of its start', async () => {
    // given: work that begins as soon as loops do
    const handIn = (round: number): Promise<unknown> =>
      Promise.all(arena.people.map((person) => arena.send(person, `round-${round}-${person.n}`)));
    await handIn(0);
    const whole = launch();
    await whole.up;
    const began = performance.now();
    await whole.ready;
    const startMs = performance.now() - began;
    expect((await stopped(whole)).code).toBe(0);
    // when
    const ends: unknown[] = [];
    for (let moment = 1; moment <= MOMENTS; moment++) {
      await handIn(moment);
      const launched = launch();
      await launched.up;
      await sleep((startMs * moment) / (MOMENTS + 1));
      const { code, took } = await stopped(launched);
      ends.push({ moment, code, late: took > EXIT_WITHIN_MS, leased: await leftLeased() });
    }
    // then
    expect(ends).toEqual(
      Array.from({ length: MOMENTS }, (_, n) => ({ moment: n + 1, code: 0, late: false, leased: 0 })),
    );
  }, 180_000);

  it('finishes the sends that its loops begin while its start is not over', async () => {
    // given: loops run, and the setup that comes after them waits for a lock
    const free = await hold('organizations.directory', 'exclusive');
    const launched = launch();
    const begun = `select count(*)::int as n from messaging.message where state = 'sending'`;
    expect(await happens(async () => (await count(begun)) > 0, 20_000)).toBe(true);
    // when
    const end = stopped(launched);
    expect(await happens(() => launched.said().includes('process.stopping'), 10_000)).toBe(true);
    await free();
    // then
    const { code, took } = await end;
    expect([code, took < EXIT_WITHIN_MS, await leftLeased()]).toEqual([0, true, 0]);
    expect(launched.said()).not.toContain('process.ready');
    const attempts = await count('select count(*)::int as n from messaging.attempt');
    expect(attempts).toBeGreaterThan(0);
    expect((await arena.whatsapp.accepted()).length).toBe(attempts);
  });

  it('is not ready while something is under way, on a connection that is open; takes no new one', async () => {
    // given: a probe on its own connection, and a request that a lock holds up
    const launched = launch();
    const url = await launched.ready;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(`${url}/health/ready`, agent)).status).toBe(200);
    const free = await hold('organizations.organization', 'access exclusive');
    const slow = ask(`${url}/v1/organizations`, new Agent(), {
      authorization: `Bearer ${arena.trial.apiKey}`,
    });
    const waits = `select count(*)::int as n from pg_locks where not granted`;
    expect(await happens(async () => (await count(waits)) > 0, 10_000)).toBe(true);
    // when
    const end = stopped(launched);
    expect(await happens(() => launched.said().includes('process.stopping'), 10_000)).toBe(true);
    // then
    const probe = await ask(`${url}/health/ready`, agent);
    expect([probe.status, probe.reused, probe.connection]).toEqual([503, true, 'close']);
    expect(JSON.parse(probe.text)).toMatchObject({ code: 'health.not-ready' });
    await expect(ask(`${url}/health/ready`, new Agent())).rejects.toThrow('ECONNREFUSED');
    // what was under way is answered
    await free();
    expect((await slow).status).toBe(200);
    const { code, took } = await end;
    expect([code, took < EXIT_WITHIN_MS]).toEqual([0, true]);
  });

  it('ends at once when nothing is under way, whoever keeps a connection', async () => {
    await arena.whatsapp.answersAfter(0);
    const launched = launch();
    const url = await launched.ready;
    const agent = new Agent({ keepAlive: true });
    await ask(`${url}/health/live`, agent);
    const idle = `select count(*)::int as n from messaging.message where state in ('ready', 'claimed', 'sending')`;
    expect(await happens(async () => (await count(idle)) === 0, 60_000)).toBe(true);
    const { code, took } = await stopped(launched);
    expect([code, took < 5_000]).toEqual([0, true]);
  }, 90_000);
});

interface Heard {
  status: number;
  text: string;
  reused: boolean;
  connection: string | undefined;
}

function ask(url: string, agent: Agent, headers: Record<string, string> = {}): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, headers }, (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data: string) => (text += data));
      response.once('end', () =>
        resolve({
          status: response.statusCode!,
          text,
          reused: asked.reusedSocket,
          connection: response.headers.connection,
        }),
      );
    });
    asked.once('error', reject);
    asked.end();
  });
}
