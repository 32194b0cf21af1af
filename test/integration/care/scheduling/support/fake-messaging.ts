import type {
  Fate,
  MessageState,
  OfferedTemplate,
  Recheck,
  RecheckVerdict,
  SendRequest,
  Sent,
} from '../../../../../src/exchange/messaging/index.js';
import type { Context } from '../../../../../src/platform/context/context.js';
import { newId, type Uuid } from '../../../../../src/platform/ids/ids.js';

export interface FakeMessage extends SendRequest {
  id: Uuid;
  state: MessageState;
  reason: string | null;
  at: Date;
}

const ACCOUNT = newId();

export function reminderTemplate(language: string): OfferedTemplate {
  return { accountId: ACCOUNT, name: 'appointment_reminder', language, parameters: 5, buttons: 2 };
}

/** Stands in for the messaging door: a ledger that knows an origin key once, and templates. */
export class FakeMessaging {
  readonly messages: FakeMessage[] = [];
  templates: OfferedTemplate[] = [reminderTemplate('en')];
  /** What `send` throws, if anything. */
  fault: Error | null = null;
  /** Consents missing, by address. */
  readonly refused = new Set<Uuid>();

  /** Webhooks wait to be read. */
  behind = false;
  /** Addresses that wrote something nobody has acted on. */
  readonly unheard = new Set<Uuid>();

  private check: Recheck;

  registerRecheck(_origin: 'reminder', check: Recheck): void {
    this.check = check;
  }

  /** What the check says of a reminder, as if it had waited; of the newest, if none is named. */
  recheck(ctx: Context, message = this.reminders().at(-1)!): Promise<RecheckVerdict> {
    const { id, originKey, visitId } = message;
    return this.check(ctx, { messageId: id, originKey, visitId: visitId ?? null });
  }

  async send(_ctx: Context, request: SendRequest): Promise<{ messageId: Uuid; state: MessageState }> {
    if (this.fault) throw this.fault;
    const known = this.messages.find(
      (one) => one.origin === request.origin && one.originKey === request.originKey,
    );
    if (known) return { messageId: known.id, state: known.state };
    const message: FakeMessage = { ...request, id: newId(), state: 'ready', reason: null, at: new Date() };
    this.messages.push(message);
    return { messageId: message.id, state: message.state };
  }

  async withdraw(_ctx: Context, visits: readonly { visitId: Uuid; reason: string }[]): Promise<Uuid[]> {
    const reasons = new Map(visits.map(({ visitId, reason }) => [visitId, reason]));
    const back = this.messages.filter((one) => one.state === 'ready' && reasons.has(one.visitId ?? ''));
    for (const one of back) Object.assign(one, { state: 'refused', reason: reasons.get(one.visitId!) });
    return back.map(({ id }) => id);
  }

  async emptyTexts(_ctx: Context, ids: readonly Uuid[]): Promise<void> {
    const ended = this.messages.filter(
      ({ id, state }) => ids.includes(id) && !['ready', 'claimed', 'sending'].includes(state),
    );
    for (const one of ended) one.content = { kind: 'text', text: '' };
  }

  async explain(
    _ctx: Context,
    request: SendRequest,
  ): Promise<{ outcome: 'would-send' } | { outcome: 'refused'; reason: string }> {
    return this.refused.has(request.addressId)
      ? { outcome: 'refused', reason: 'no-consent' }
      : { outcome: 'would-send' };
  }

  async templateFor(_ctx: Context, name: string, languages: string[]): Promise<OfferedTemplate | null> {
    const named = this.templates.filter((one) => one.name === name);
    const language = languages.find((one) => named.some((template) => template.language === one));
    return named.find((one) => one.language === language) ?? null;
  }

  async fatesOf(_ctx: Context, ids: readonly Uuid[]): Promise<Fate[]> {
    return this.messages
      .filter(({ id }) => ids.includes(id))
      .map(({ id: messageId, origin, originKey, state, reason }) => ({
        messageId,
        origin,
        originKey,
        state,
        reason: state === 'failed' ? 'meta-131026' : reason,
      }));
  }

  async inboxBehind(): Promise<boolean> {
    return this.behind;
  }

  async unheardFrom(_ctx: Context, addressId: Uuid): Promise<Uuid[]> {
    return this.unheard.has(addressId) ? [newId()] : [];
  }

  async sent(_ctx: Context, ids: Uuid[]): Promise<Partial<Sent>[]> {
    return this.messages
      .filter(({ id }) => ids.includes(id))
      .map(({ id, state, reason, at }) => ({
        id,
        state,
        reason,
        failureCode: state === 'failed' ? 131_026 : null,
        createdAt: at,
        acceptedAt: state === 'ready' || state === 'refused' ? null : at,
        sentAt: null,
        deliveredAt: state === 'read' ? at : null,
        readAt: state === 'read' ? at : null,
      }));
  }

  reset(): void {
    this.messages.length = 0;
    this.refused.clear();
    this.unheard.clear();
    this.behind = false;
    this.fault = null;
    this.templates = [reminderTemplate('en')];
  }

  reminders(): FakeMessage[] {
    return this.messages.filter(({ origin }) => origin === 'reminder');
  }

  texts(): string[] {
    return this.messages.flatMap(({ content }) => (content.kind === 'text' ? [content.text] : []));
  }

  /** Everything that waits has been accepted by WhatsApp. */
  deliver(state: MessageState = 'read'): void {
    for (const one of this.messages) if (one.state === 'ready') one.state = state;
  }
}
