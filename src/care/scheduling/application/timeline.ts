import { Injectable } from '@nestjs/common';
import type { Sent } from '../../../exchange/messaging/index.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { ActionEntity } from '../infrastructure/action.entity.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AnswersRepository } from '../infrastructure/answers.repository.js';
import { actionWords } from '../domain/action-words.js';
import { VisitQueries, type ShownStep } from './visit-queries.js';

/** One thing that happened to a visit. Codes, ids and times. */
export interface TimelineEntry {
  at: Date;
  /** planned, handed, withdrawn, skipped, expired, accepted, sent, delivered, read, failed, answered, ehr-written, … */
  what: string;
  rule: string | null;
  reason: string | null;
  /** What became of a patient's wish, in words for a nurse. */
  words: string | null;
  /** Meta's error code. */
  code: number | null;
  messageId: Uuid | null;
  workItemId: Uuid | null;
}

/** Message states that are shown as such: each of the others has a time of its own. */
const MESSAGE_ENDS: ReadonlySet<string> = new Set(['failed', 'refused', 'expired', 'unknown', 'parked']);

const NO_FACTS = { rule: null, reason: null, words: null, code: null, messageId: null, workItemId: null };

type Facts = Partial<Omit<TimelineEntry, 'at' | 'what'>>;

/** Everything that happened around one visit, by time. */
@Injectable()
export class Timeline {
  constructor(
    private readonly transactions: Transactions,
    private readonly queries: VisitQueries,
    private readonly answers: AnswersRepository,
    private readonly audit: AuditFacade,
  ) {}

  /** The read is in the audit log before anything leaves. Throws not-found. */
  read(ctx: Context, id: Uuid): Promise<{ visit: AppointmentEntity; entries: TimelineEntry[] }> {
    return this.transactions.run(ctx, async (tx) => {
      const { visit, steps } = await this.queries.get(tx, id);
      await this.audit.record(tx, {
        type: 'appointment.timeline-read',
        action: 'R',
        entity: { kind: 'appointment', id },
        ...(visit.patientId && { patientId: visit.patientId }),
      });
      const actions = await this.answers.actionsOf(tx, id);
      const entries = [...steps.flatMap(ofStep), ...actions.flatMap(ofAction)];
      return { visit, entries: entries.sort((a, b) => a.at.getTime() - b.at.getTime()) };
    });
  }
}

function ofStep({ step, ruleKey: rule, message }: ShownStep): TimelineEntry[] {
  const end = step.endedAt && step.state !== 'planned';
  return [
    entry(step.createdAt, 'planned', { rule, reason: step.state === 'planned' ? step.reason : null }),
    ...(end
      ? [entry(step.endedAt!, step.state, { rule, reason: step.reason, messageId: step.messageId })]
      : []),
    ...(message ? ofMessage(message, rule) : []),
  ];
}

function ofMessage(message: Sent, rule: string): TimelineEntry[] {
  const { id: messageId, acceptedAt, sentAt, deliveredAt, readAt } = message;
  const times = Object.entries({ accepted: acceptedAt, sent: sentAt, delivered: deliveredAt, read: readAt });
  const steps = times.flatMap(([what, at]) => (at ? [entry(at, what, { rule, messageId })] : []));
  return MESSAGE_ENDS.has(message.state) ? [...steps, endOf(message, rule)] : steps;
}

/** The ledger keeps no time of such an end: it stands at the last time that is known, after all that came before. */
function endOf({ id: messageId, state, reason, failureCode, ...times }: Sent, rule: string): TimelineEntry {
  const at = times.sentAt ?? times.acceptedAt ?? times.createdAt;
  return entry(at, state, { rule, reason, code: failureCode, messageId });
}

function ofAction(action: ActionEntity): TimelineEntry[] {
  const asked = entry(action.askedAt, 'answered', { reason: action.kind });
  if (!action.endedAt) return [asked];
  const { endedAt, reason, workItemId } = action;
  const what = { asked: 'answered', written: 'ehr-written', passed: 'work-item', overtaken: 'not-applied' }[
    action.state
  ];
  const words = reason && actionWords(reason);
  return [asked, entry(endedAt, what, { reason: reason ?? action.kind, words, workItemId })];
}

function entry(at: Date, what: string, facts: Facts): TimelineEntry {
  return { at, what, ...NO_FACTS, ...facts };
}
