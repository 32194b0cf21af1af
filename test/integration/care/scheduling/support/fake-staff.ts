import type { NewWorkItem } from '../../../../../src/foundation/worklist/index.js';
import type { AuditEntry } from '../../../../../src/foundation/audit/index.js';
import type { Answer, Inbound, NewOutcome, Responder } from '../../../../../src/care/conversations/index.js';
import type { Context } from '../../../../../src/platform/context/context.js';
import { newId, type Uuid } from '../../../../../src/platform/ids/ids.js';

/** Stands in for the worklist door: one open item per key. */
export class FakeWorklist {
  readonly items = new Map<string, NewWorkItem & { id: Uuid }>();
  /** `kind: resolution` of what was open once. */
  readonly resolved: string[] = [];

  async raise(_ctx: Context, item: NewWorkItem): Promise<Uuid> {
    const known = this.items.get(item.key) ?? { ...item, id: newId() };
    this.items.set(item.key, { ...known, ...(item.detail && { detail: item.detail }) });
    return known.id;
  }

  async resolve(_ctx: Context, key: string, resolution: string): Promise<boolean> {
    const open = this.items.get(key);
    if (open) this.resolved.push(`${open.kind}: ${resolution}`);
    return this.items.delete(key);
  }

  reset(): void {
    this.resolved.length = 0;
    this.items.clear();
  }

  kinds(): string[] {
    return [...this.items.values()].map(({ kind, reason }) => `${kind}: ${reason}`);
  }
}

/** Stands in for the audit door. */
export class FakeAudit {
  readonly entries: AuditEntry[] = [];

  reset(): void {
    this.entries.length = 0;
  }

  async record(_ctx: Context, entry: AuditEntry): Promise<Uuid> {
    this.entries.push(entry);
    return newId();
  }
}

/** Stands in for the conversations door: hands taps to the responder and keeps outcomes. */
export class FakeConversations {
  readonly outcomes: string[] = [];
  /** Addresses whose message waits for its answer. */
  readonly unanswered = new Set<Uuid>();
  /** What `recordOutcome` throws, if anything. */
  fault: Error | null = null;
  private responder: Responder;

  reset(): void {
    this.outcomes.length = 0;
    this.fault = null;
    this.unanswered.clear();
  }

  registerResponder(responder: Responder): void {
    this.responder = responder;
  }

  async notPlaced(_ctx: Context, receivedIds: readonly Uuid[]): Promise<readonly Uuid[]> {
    return receivedIds;
  }

  async awaitsAnswer(_ctx: Context, addressId: Uuid): Promise<boolean> {
    return this.unanswered.has(addressId);
  }

  async recordOutcome(_ctx: Context, outcome: NewOutcome): Promise<void> {
    if (this.fault) throw this.fault;
    this.outcomes.push(outcome.code);
  }

  /** As the product does it: the first responder that matches answers; null when none does. */
  async receive(ctx: Context, inbound: Inbound): Promise<Answer | null> {
    return (await this.responder.match(ctx, inbound)) ? this.responder.answer(ctx, inbound) : null;
  }
}
