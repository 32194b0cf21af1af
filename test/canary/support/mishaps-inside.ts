import pg from 'pg';
import type { Installation } from './installation.js';
import type { Mishap, Parts } from './mishap.js';

/** What goes wrong inside: rows that cannot be read, jobs that fail, connections that end. Gives how often it did. */
export function mishapsInside({ installation, canaries, threads }: Parts): Mishap[] {
  const { story, adminUrl } = installation;
  const thread = threads[0]!;
  const say = async (): Promise<void> => {
    const text = canaries.sentence('words of a patient');
    await story.whatsapp(`contacts/${thread.number}/say`, {
      phone_number_id: thread.hospital.phoneNumberId,
      text,
    });
  };
  const admin = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: adminUrl });
    client.on('error', () => undefined);
    await client.connect();
    return work(client).finally(() => client.end().catch(() => undefined));
  };
  const count = (sql: string) => async () => (await admin((client) => client.query(sql))).rowCount ?? 0;
  const BACKENDS = `from pg_stat_activity where usename = 'carethread_app'`;
  return [
    {
      name: 'inbox rows that cannot be opened',
      run: async () => {
        const poisoned = await count(`
          insert into messaging.inbox (organization_id, day, dedupe, id, account_id, field, change_sealed)
          select organization_id, day, sha256(dedupe), gen_random_uuid(), account_id, field, sha256(change_sealed)
            from messaging.inbox order by random() limit 3`)();
        await story.settle();
        return poisoned;
      },
    },
    {
      name: 'jobs that fail',
      run: async () => {
        const jobs = await count(`
          select graphile_worker.add_job(task, json_build_object('organizationId', 'nobody', 'ids', '[]'::json,
                 'correlationId', gen_random_uuid()), max_attempts := 1)
            from unnest(array['conversations.receive@1', 'summaries.compose@1', 'messaging.confirmStop@1']) as task`)();
        await story.settle();
        return jobs;
      },
    },
    {
      name: 'every connection ended in the middle of work',
      run: async () => {
        const talking = Promise.all([say(), say(), say()]);
        const ended = await count(`select pg_terminate_backend(pid) ${BACKENDS}`)();
        await talking;
        await recover(story);
        return ended;
      },
    },
    {
      name: 'a backend killed',
      run: async () => {
        const talking = Promise.all([say(), say(), say()]);
        const { rows } = await admin((client) =>
          client.query<{ pid: number }>(`select pid ${BACKENDS} limit 1`),
        );
        for (const { pid } of rows) process.kill(pid, 'SIGKILL');
        await talking;
        await recover(story);
        return rows.length;
      },
    },
  ];
}

const RECOVERY_LIMIT_MS = 20_000;

/** The product comes back by itself; until then its answers are refusals. */
async function recover(story: Installation['story']): Promise<void> {
  const end = Date.now() + RECOVERY_LIMIT_MS;
  for (;;) {
    try {
      return await story.settle();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
