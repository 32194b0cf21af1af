import type { Context } from '../../../src/platform/context/context.js';
import { newId, type Uuid } from '../../../src/platform/ids/ids.js';
import type {
  Attribution,
  Exchanged,
  MessagingFacade,
  Outline,
  Received,
  SendRequest,
  Sent,
  Stretch,
} from '../../../src/exchange/messaging/index.js';
import type { Door } from './door.fake.js';

const DAY_MS = 86_400_000;

/** WhatsApp as far as a conversation sees it: what came in, what went out, what the gate says. */
export class FakeMessaging implements Door<MessagingFacade> {
  readonly inbound = new Map<Uuid, Received>();
  readonly outbound = new Map<Uuid, Sent>();
  readonly patientOf = new Map<Uuid, Uuid>();
  readonly accountId = newId();
  /** The gate's reason from now on; null lets everything pass. */
  refusal: string | null = null;

  /** A message from a patient's phone. */
  arrive(addressId: Uuid, message: Partial<Received> & { at: Date }): Uuid {
    const id = newId();
    const empty = { kind: 'text', text: null, token: null, replyTo: null } as const;
    this.inbound.set(id, { id, addressId, accountId: this.accountId, ...empty, ...message });
    return id;
  }

  /** A reminder of ours that Meta accepted. */
  remind(addressId: Uuid, patientId: Uuid | null, at: Date, text = 'You have an appointment.'): Uuid {
    const id = this.hold({
      origin: 'reminder',
      originKey: newId(),
      addressId,
      patientId,
      purpose: 'appointment-reminders',
      content: { kind: 'text', text },
      usefulUntil: at,
    });
    this.accept(id, at);
    return id;
  }

  accept(id: Uuid, at: Date): void {
    this.outbound.set(id, { ...this.outbound.get(id)!, state: 'accepted', acceptedAt: at });
  }

  async send(_ctx: Context, request: SendRequest) {
    const known = [...this.outbound.values()].find(
      ({ origin, originKey }) => origin === request.origin && originKey === request.originKey,
    );
    const messageId = known?.id ?? this.hold(request);
    return { messageId, state: this.outbound.get(messageId)!.state };
  }

  async fatesOf(_ctx: Context, ids: readonly Uuid[]) {
    return [...this.outbound.values()]
      .filter(({ id }) => ids.includes(id))
      .map(({ id: messageId, origin, originKey, state, reason }) => ({
        messageId,
        origin,
        originKey,
        state,
        reason,
      }));
  }

  async disown(): Promise<number> {
    return 0;
  }

  async inboxBehind() {
    return false;
  }

  async unheardFrom() {
    return [];
  }

  async explain() {
    return this.refusal
      ? { outcome: 'refused' as const, reason: this.refusal }
      : { outcome: 'would-send' as const };
  }

  async windowOf(_ctx: Context, addressId: Uuid) {
    const times = [...this.inbound.values()]
      .filter((one) => one.addressId === addressId)
      .map(({ at }) => at.getTime());
    const closesAt = times.length > 0 ? new Date(Math.max(...times) + DAY_MS) : null;
    return { open: this.refusal !== 'window-closed' && closesAt !== null, closesAt };
  }

  registerRecheck(): void {}

  async withdraw() {
    return [];
  }

  async emptyTexts(_ctx: Context, ids: readonly Uuid[]): Promise<void> {
    for (const id of ids) this.outbound.set(id, { ...this.outbound.get(id)!, text: '' });
  }

  async templateFor() {
    return null;
  }

  async received(_ctx: Context, ids: Uuid[]): Promise<Received[]> {
    return byTime(
      ids.flatMap((id) => this.inbound.get(id) ?? []),
      ({ at }) => at,
    );
  }

  async sent(_ctx: Context, ids: Uuid[]): Promise<Sent[]> {
    return byTime(
      ids.flatMap((id) => this.outbound.get(id) ?? []),
      timeOf,
    );
  }

  async outlines(_ctx: Context, ids: readonly Uuid[]): Promise<Sent[]> {
    return ids.flatMap((id) => this.outbound.get(id) ?? []);
  }

  async outlinesIn(_ctx: Context, stretches: readonly Stretch[]): Promise<Outline[]> {
    const within = (one: Sent): boolean =>
      stretches.some(
        ({ addressId, accountId, from, to }) =>
          one.addressId === addressId &&
          one.accountId === accountId &&
          timeOf(one) >= from &&
          timeOf(one) < to,
      );
    return byTime([...this.outbound.values()].filter(within), timeOf);
  }

  async between(_ctx: Context, addressId: Uuid, from: Date, to: Date): Promise<Exchanged[]> {
    const heard = [...this.inbound.values()].map((one) => ({ direction: 'inbound' as const, ...one }));
    const told = [...this.outbound.values()].map((one) => ({ direction: 'outbound' as const, ...one }));
    const at = (one: Exchanged): Date => (one.direction === 'inbound' ? one.at : timeOf(one));
    const all: Exchanged[] = [...heard, ...told].filter((one) => one.addressId === addressId);
    return byTime(
      all.filter((one) => at(one) >= from && at(one) < to),
      at,
    );
  }

  async attribute(_ctx: Context, attributions: readonly Attribution[]): Promise<void> {
    for (const { receivedId, patientId } of attributions) this.patientOf.set(receivedId, patientId);
  }

  async accounts(): Promise<never> {
    throw new Error('the care modules do not look at the accounts');
  }

  async retryWebhooks(): Promise<never> {
    throw new Error('the care modules do not look at the inbox');
  }

  async backlog(): Promise<never> {
    throw new Error('the care modules do not look at the backlog');
  }

  private hold(request: SendRequest): Uuid {
    const id = newId();
    const { origin, originKey, addressId, patientId, content } = request;
    const text = content.kind === 'template' ? content.body.join(' ') : content.text;
    this.outbound.set(id, {
      id,
      addressId,
      accountId: request.accountId ?? this.accountId,
      patientId,
      origin,
      originKey,
      state: 'ready',
      reason: null,
      failureCode: null,
      content,
      text,
      createdAt: new Date(),
      acceptedAt: null,
      sentAt: null,
      deliveredAt: null,
      readAt: null,
      wamid: null,
    });
    return id;
  }
}

function timeOf(sent: Sent): Date {
  return sent.acceptedAt ?? sent.createdAt;
}

function byTime<T>(items: T[], at: (item: T) => Date): T[] {
  return items.sort((a, b) => at(a).getTime() - at(b).getTime());
}
