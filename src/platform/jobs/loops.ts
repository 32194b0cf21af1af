import { Injectable } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { systemContext, type Context } from '../context/context.js';
import type { Uuid } from '../ids/ids.js';
import { Log } from '../logging/log.js';

/** Claims due rows of one organization and works them. Returns how many; 0 means that nothing was due. */
export type Claim = (ctx: Context) => Promise<number>;

export interface Loop {
  /** `module.what` */
  name: string;
  everyMs: number;
  claim: Claim;
  /** Waits for what a claim left under way. Called once, when no claim runs or will run any more. */
  drain?: () => Promise<void>;
  /** Runs once more when all work has ended: what it does must not wait for another process. */
  atStop?: boolean;
}

/** One tick works at most this many rounds, so that a stop is never far away. */
const ROUNDS = 1_000;

interface Entry extends Loop {
  running: Promise<number> | null;
  again: boolean;
  turn: number;
}

/**
 * Ticks wake loops, loops claim rows. Organizations take turns, each in transactions of its own, and one
 * organization's failure never stops another's.
 */
@Injectable()
export class Loops {
  private readonly entries = new Map<string, Entry>();
  private organizations: () => Promise<Uuid[]> = async () => [];
  private stopping = false;
  private started = false;

  constructor(
    private readonly scheduler: SchedulerRegistry,
    private readonly log: Log,
  ) {}

  /** Called once, by the module that knows them. */
  useOrganizations(list: () => Promise<Uuid[]>): void {
    this.organizations = list;
  }

  register(loop: Loop): void {
    if (this.entries.has(loop.name)) throw new TypeError(`${loop.name} is registered twice`);
    this.entries.set(loop.name, { ...loop, running: null, again: false, turn: 0 });
  }

  start(): void {
    this.started = true;
    for (const entry of this.entries.values()) {
      this.scheduler.addInterval(
        entry.name,
        setInterval(() => void this.wake(entry.name), entry.everyMs),
      );
    }
  }

  /** Claims no more. Resolves once what is under way has ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const name of this.scheduler.getIntervals()) this.scheduler.deleteInterval(name);
    await Promise.all([...this.entries.values()].map(async (entry) => entry.running));
    await Promise.all([...this.entries.values()].map(async (entry) => entry.drain?.()));
  }

  /** The last work of a process whose other work has ended. */
  async last(): Promise<void> {
    if (!this.started) return;
    for (const entry of this.entries.values()) {
      if (!entry.atStop || entry.running) continue;
      const all = await this.organizations().catch((error: unknown) => this.failed(entry, error));
      for (const organizationId of all) while ((await this.one(entry, organizationId)) > 0);
    }
  }

  /** Runs a loop now, or once more right after its present round. Does nothing in a process without workers. */
  wake(name: string): Promise<number> {
    const entry = this.entries.get(name);
    if (!entry) throw new TypeError(`there is no loop ${name}`);
    if (!this.started || this.stopping) return Promise.resolve(0);
    if (entry.running) {
      entry.again = true;
      return entry.running;
    }
    entry.running = this.turns(entry).finally(() => {
      entry.running = null;
    });
    return entry.running;
  }

  /** Wakes every loop once. Returns how many rows were worked. */
  async round(): Promise<number> {
    const worked = await Promise.all([...this.entries.keys()].map((name) => this.wake(name)));
    return worked.reduce((sum, count) => sum + count, 0);
  }

  private async turns(entry: Entry): Promise<number> {
    let total = 0;
    for (let round = 0; round < ROUNDS && !this.stopping; round++) {
      entry.again = false;
      const worked = await this.turn(entry);
      total += worked;
      if (worked === 0 && !entry.again) break;
    }
    return total;
  }

  private async turn(entry: Entry): Promise<number> {
    const all = await this.organizations().catch((error: unknown) => this.failed(entry, error));
    const first = entry.turn++ % Math.max(all.length, 1);
    let worked = 0;
    for (const organizationId of [...all.slice(first), ...all.slice(0, first)]) {
      if (this.stopping) break;
      worked += await this.one(entry, organizationId);
    }
    return worked;
  }

  private one(entry: Entry, organizationId: Uuid): Promise<number> {
    return entry
      .claim(systemContext(organizationId, entry.name))
      .catch((error: unknown) => this.failed(entry, error, organizationId).length);
  }

  private failed(entry: Entry, error: unknown, organizationId?: Uuid): never[] {
    this.log.warn('loop.failed', { loop: entry.name, organization_id: organizationId }, error);
    return [];
  }
}
