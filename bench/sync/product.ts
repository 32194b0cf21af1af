import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openTrial, type Trial } from '../../test/support/trial/trial.js';
import { rowsOf, type Size, USUAL } from './hospital.js';

const SYNC_LIMIT_MS = 150_000;
const LOOK_EVERY_MS = 100;
/** PostgreSQL tells what idle connections have written after ten seconds. */
const COUNTS_AFTER_MS = 11_000;
const DAY_MS = 86_400_000;
const SAMPLE_EVERY_MS = 50;

/** One hospital in the product, whose EHR is the stub. */
export interface Connected {
  slug: string;
  id: string;
}

export interface Synced {
  finishedAt: number;
  /** Most bytes that the process held in memory meanwhile. */
  peakRss: number;
}

interface ConnectionBody {
  id: string;
  status: { finished_at: string | null; fault: string | null } | null;
}

/** The built product on a PostgreSQL of its own, spoken to by `/v1`. */
export class Product {
  /** How far the product's clock is put ahead of the machine's. */
  private aheadMs = 0;

  private constructor(
    private readonly trial: Trial,
    private readonly url: string,
    private readonly pid: number,
    private readonly role: 'web' | 'all',
  ) {}

  /** `web` syncs when asked and does nothing else; `all` also plans, sends and seals audit events meanwhile. */
  static async start(role: 'web' | 'all', slugs: string[]): Promise<Product> {
    const trial = await openTrial({ name: 'bench-sync' });
    try {
      const setup = { organizations: slugs.map(hospitalOf) };
      const { url, pid } = await trial.start({ role, setup });
      return new Product(trial, url, pid, role);
    } catch (error) {
      await trial.close();
      throw error;
    }
  }

  /** Connects an EHR; a product that works in the background begins to sync it by itself. */
  async connect(slug: string, baseUrl: string): Promise<Connected> {
    const body = {
      name: 'main',
      base_url: baseUrl,
      allow_private_network: true,
      sync: { horizon_days: 45, interval_seconds: 86_400 },
      budget: { requests_per_second: 1_000, concurrency: 32 },
    };
    const { id } = await this.call<ConnectionBody>(slug, 'POST', 'v1/ehr-connections', body);
    return { slug, id };
  }

  async connection(slug: string): Promise<Connected> {
    const { data } = await this.call<{ data: ConnectionBody[] }>(slug, 'GET', 'v1/ehr-connections');
    return { slug, id: data[0]!.id };
  }

  /** Asks for a sync, or waits for the one under way, up to its end. */
  async sync({ slug, id }: Connected): Promise<Synced> {
    let peakRss = 0;
    const sampler = setInterval(() => (peakRss = Math.max(peakRss, this.rss())), SAMPLE_EVERY_MS);
    try {
      const finishedAt = await this.finished({ slug, id });
      return { finishedAt, peakRss: Math.max(peakRss, this.rss()) };
    } finally {
      clearInterval(sampler);
    }
  }

  /** Makes the daily full sweep due and asks for it. */
  async sweepAgain(connected: Connected): Promise<Synced> {
    await this.sql('update fhir.sync set full_due_at = platform.now(), finished_at = null');
    return this.sync(connected);
  }

  /** A night passes: whatever the product does once a day is due. */
  async passADay(): Promise<void> {
    await this.sql(`update platform.clock set ahead = ahead + interval '1 day'`);
    this.aheadMs += DAY_MS;
  }

  /** Rows inserted, updated and deleted so far, by table. */
  async written(): Promise<Map<string, number>> {
    await sleep(COUNTS_AFTER_MS);
    const rows = await this.sql<{ name: string; n: number }>(
      `select schemaname || '.' || relname as name, (n_tup_ins + n_tup_upd + n_tup_del)::int as n
         from pg_stat_user_tables`,
    );
    return new Map(rows.map(({ name, n }) => [name, n]));
  }

  /** Throws unless every visit lies in the database, here and in the schedule, and every bad row is put aside. */
  async assertRows(times: number, size: Size = USUAL): Promise<void> {
    const [rows] = await this.sql<{ known: number; visits: number; held: number }>(
      `select (select count(*)::int from fhir.resource where type = 'Appointment') as known,
              (select count(*)::int from scheduling.appointment where patient_id is not null) as visits,
              (select count(*)::int from fhir.quarantine) as held`,
    );
    const { known, visits, held } = rowsOf(size);
    const expected = { known: times * known, visits: times * visits, held: times * held };
    if (JSON.stringify(rows) === JSON.stringify(expected)) return;
    throw new Error(`the database holds ${JSON.stringify(rows)} instead of ${JSON.stringify(expected)}`);
  }

  /** Bytes that the process holds in memory now. */
  rss(): number {
    const [, kilobytes = '0'] =
      /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1_024;
  }

  close(): Promise<void> {
    return this.trial.close();
  }

  private async finished({ slug, id }: Connected): Promise<number> {
    const path = `v1/ehr-connections/${id}`;
    if (this.role === 'web') await this.call(slug, 'POST', `${path}/sync`);
    const limit = Date.now() + SYNC_LIMIT_MS;
    while (Date.now() < limit) {
      const { status } = await this.call<ConnectionBody>(slug, 'GET', path);
      if (status?.fault) throw new Error(`the sync ended with ${status.fault}`);
      if (status?.finished_at) return Date.parse(status.finished_at) - this.aheadMs;
      await sleep(LOOK_EVERY_MS);
    }
    throw new Error('the sync did not end in time');
  }

  private async call<T>(slug: string | null, method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.url}/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.trial.apiKey}`,
        ...(slug && { 'x-organization': slug }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  private async sql<Row>(text: string): Promise<Row[]> {
    const url = new URL(this.trial.postgres.adminUrl);
    url.pathname = new URL(this.trial.postgres.ownerUrl).pathname;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      return (await client.query(text)).rows as Row[];
    } finally {
      await client.end();
    }
  }
}

function hospitalOf(slug: string): object {
  return {
    slug,
    name: slug,
    timeZone: 'America/New_York',
    country: 'US',
    languages: ['en', 'es'],
    reminders: [
      { key: 'three-days', before: 'P3D', template: 'appointment_reminder' },
      { key: 'one-day', before: 'P1D', template: 'appointment_reminder' },
    ],
    quietHours: { from: '21:00', to: '08:00' },
  };
}
