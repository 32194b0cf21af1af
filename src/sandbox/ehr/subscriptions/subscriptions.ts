import type { Clock } from '../clock.js';
import type { Profile } from '../profiles/profile.js';
import type { ResourceType, StoredResource } from '../resource.js';
import type { Criterion } from '../search/criterion.js';
import type { ResourceStore } from '../store.js';
import { deliver, isTaken } from './delivery.js';
import { type ChangeEvent, type HttpCall, type Notice, noticeCall, plainCall } from './notification.js';
import { heartbeatSeconds, kindOf, subjectOf } from './wish.js';

/**
 * `lost`: counted and not sent. `repeated`: sent twice. `refused`: as if the endpoint had answered 503. Handshakes and
 * heartbeats are spared.
 */
export interface NotificationFault {
  name: 'lost' | 'repeated' | 'refused';
  /** How many notifications it spoils; without it until cleared. */
  count?: number;
}

/** One notification: never whom it was about. */
export interface SentNotification {
  subscription: string;
  kind: Notice['kind'];
  eventsSoFar: number;
  /** The endpoint's answer; null when nobody answered, or nothing was sent. */
  status: number | null;
  fault?: NotificationFault['name'];
}

/** Whose Subscriptions they are. */
interface Server {
  readonly profile: Profile;
  stores: Record<ResourceType, ResourceStore>;
  clock: Clock;
}

/** A Subscription that the server acts upon. */
interface Live {
  criteria: Criterion[];
  base: string;
  events: number;
  /** When something was last said, in milliseconds since 1970. */
  saidAt: number;
  /** One after the other, so that event numbers rise. */
  turn: Promise<void>;
}

const TIMES: Record<NotificationFault['name'], number> = { lost: 0, refused: 0, repeated: 2 };

interface Changed {
  type: ResourceType;
  id: string;
}

/** How often is looked whose silence has lasted too long, while the clock runs by itself. */
const LOOK_EVERY_MS = 1_000;

/** One server's Subscriptions: tells their endpoints what has changed. */
export class Subscriptions {
  readonly sent: SentNotification[] = [];
  faults: NotificationFault[] = [];
  readonly #live = new Map<string, Live>();
  #waiting = 0;
  #looking: NodeJS.Timeout | undefined;

  /** `serverOf` is asked for the first time when somebody subscribes. */
  constructor(private readonly serverOf: () => Server) {}

  private get server(): Server {
    return this.serverOf();
  }

  /** Notifications that have not been answered yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** A client made this Subscription, or changed it; without `criteria` it asks for what this server cannot tell. */
  take(row: StoredResource, base: string, criteria: Criterion[] | undefined): void {
    const kind = kindOf(row);
    if (!this.server.profile.push.includes(kind)) return;
    this.#live.delete(row.id);
    if (row.status !== 'requested') return;
    if (!criteria) return this.#become(row.id, 'error', 'The criteria are no search of this server');
    const live = { criteria, base, events: 0, saidAt: this.#now(), turn: Promise.resolve() };
    this.#live.set(row.id, live);
    this.#looking ??= setInterval(() => this.beat(), LOOK_EVERY_MS).unref();
    this.#inTurn(live, async () => {
      // R4's own has no handshake.
      const isHeard = kind === 'rest-hook' || (await this.#say(row.id, live, 'handshake'));
      if (isHeard) this.#become(row.id, 'active');
    });
  }

  /** A row was written, or went. */
  changed(type: ResourceType, id: string): void {
    if (type === 'Subscription') return;
    for (const [subscriptionId, live] of this.#live) {
      const row = this.#active(subscriptionId);
      if (!row || !this.#isAbout(row, live, { type, id })) continue;
      const event: ChangeEvent = {
        number: ++live.events,
        at: new Date(this.#now()),
        reference: `${type}/${id}`,
        row: this.server.stores[type].get(id),
      };
      this.#inTurn(live, () => this.#tell(subscriptionId, live, event));
    }
  }

  /** Breaks the silence of those that have said nothing for so long as was asked for. */
  beat(): void {
    for (const [id, live] of this.#live) {
      const row = this.#active(id);
      const seconds = row && heartbeatSeconds(row);
      if (seconds === undefined || this.#now() - live.saidAt < seconds * 1_000) continue;
      live.saidAt = this.#now();
      this.#inTurn(live, async () => void (await this.#say(id, live, 'heartbeat')));
    }
  }

  stop(): void {
    clearInterval(this.#looking);
    this.#live.clear();
  }

  #inTurn(live: Live, act: () => Promise<void>): void {
    this.#waiting += 1;
    live.turn = live.turn.then(act).finally(() => (this.#waiting -= 1));
  }

  async #tell(id: string, live: Live, event: ChangeEvent): Promise<void> {
    const row = this.#active(id);
    if (!row) return;
    const fault = this.#takeFault();
    const call =
      kindOf(row) === 'backport' ? noticeCall(this.#notice(row, live, event)) : plainCall(row, event);
    const times = fault === undefined ? 1 : TIMES[fault];
    let status: number | null = null;
    for (let n = 0; n < times; n++) status = await deliver(call);
    this.#note({ subscription: id, kind: 'event-notification', eventsSoFar: event.number, status, fault });
    live.saidAt = this.#now();
    if (fault !== 'lost' && !isTaken(fault === 'refused' ? 503 : status)) this.#giveUp(id);
  }

  /** Whether the endpoint heard it. */
  async #say(id: string, live: Live, kind: 'handshake' | 'heartbeat'): Promise<boolean> {
    const row = this.server.stores.Subscription.get(id);
    if (!row || this.#live.get(id) !== live) return false;
    const call: HttpCall = noticeCall({ ...this.#notice(row, live), kind });
    const status = await deliver(call);
    this.#note({ subscription: id, kind, eventsSoFar: live.events, status });
    live.saidAt = this.#now();
    if (!isTaken(status)) this.#giveUp(id);
    return isTaken(status);
  }

  #notice(subscription: StoredResource, { base, events }: Live, event?: ChangeEvent): Notice {
    return {
      ...{ kind: 'event-notification', subscription, base },
      eventsSoFar: event?.number ?? events,
      ...(event && { event }),
    };
  }

  #giveUp(id: string): void {
    this.#live.delete(id);
    this.#become(id, 'error');
  }

  #become(id: string, status: 'active' | 'error', why = 'The endpoint did not take a notification'): void {
    const store = this.server.stores.Subscription;
    const row = store.get(id);
    if (!row || row.status === 'off') return;
    const { error: _before, ...rest } = row;
    const error = status === 'error' && { error: why };
    store.put(store.stamp({ ...rest, resourceType: 'Subscription', status, ...error }, id));
  }

  #active(id: string): StoredResource | undefined {
    const row = this.server.stores.Subscription.get(id);
    return row?.status === 'active' ? row : undefined;
  }

  /** R4's own does not tell of what was deleted, a topic does. */
  #isAbout(subscription: StoredResource, { criteria }: Live, { type, id }: Changed): boolean {
    const subject = subjectOf(subscription);
    if (subject?.type !== type) return false;
    if (kindOf(subscription) === 'backport') return true;
    const row = this.server.stores[type].get(id);
    return row !== undefined && criteria.every(({ matches }) => matches(row));
  }

  #takeFault(): NotificationFault['name'] | undefined {
    const [fault] = this.faults;
    if (!fault) return undefined;
    if (fault.count !== undefined && --fault.count <= 0) this.faults.shift();
    return fault.name;
  }

  #note(entry: SentNotification): void {
    this.sent.push(entry);
  }

  #now(): number {
    return this.server.clock.now().getTime();
  }
}
