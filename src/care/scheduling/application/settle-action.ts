import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { ConversationsFacade } from '../../conversations/index.js';
import {
  actionBackOffMs,
  CHANGED_MIND,
  isTakenBack,
  outcomeCode,
  workItemKey,
  workItemKind,
} from '../domain/action.policy.js';
import type { Words } from '../domain/words/words.js';
import { AppointmentCancelledByPatient } from '../events.js';
import type { ActionEntity } from '../infrastructure/action.entity.js';
import { AnswersRepository } from '../infrastructure/answers.repository.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { visitOf } from '../infrastructure/visit.mapper.js';
import { PlanVisits } from './plan-visits.js';
import { Projection } from './projection.js';
import { Replies, type ReplyTo } from './replies.js';

/** What one attempt came to. `failed` is tried again, a few times; then it is `passed` to staff. */
export type ActionResult =
  | { result: 'written'; versionId: string | null }
  | { result: 'overtaken' }
  | { result: 'arrived' }
  | { result: 'taken-back' }
  | { result: 'passed' | 'failed'; reason: string };

interface Settled {
  action: ActionEntity;
  visit: AppointmentEntity;
}

/** Keeps what became of a wish, and tells the patient no more than that. */
@Injectable()
export class SettleAction {
  constructor(
    private readonly answers: AnswersRepository,
    private readonly appointments: AppointmentsRepository,
    private readonly projection: Projection,
    private readonly plan: PlanVisits,
    private readonly replies: Replies,
    private readonly worklist: WorklistFacade,
    private readonly conversations: ConversationsFacade,
    private readonly events: Events,
    private readonly audit: AuditFacade,
  ) {}

  /**
   * In one transaction: the action's end, the reply, the work item and the conversation's outcome. The conversation
   * is locked before the visit, as it is when a tap is answered: the other order would deadlock with it.
   */
  async run(ctx: TxContext, actionId: Uuid, result: ActionResult): Promise<void> {
    const action = await this.answers.action(ctx, actionId);
    if (action?.state !== 'asked') return;
    const end = endOf(action, result);
    if (end.state === 'asked') return this.answers.deferAction(ctx, actionId, end);
    if (end.state === 'taken-back') return this.takenBack(ctx, action);
    const known = end.state === 'written' || end.state === 'passed';
    await this.record(ctx, action, known ? outcomeCode(action.kind, end.state) : 'button-expired');
    await this.conclude(ctx, action, end);
  }

  private async conclude(ctx: TxContext, action: ActionEntity, end: Concluded): Promise<void> {
    const visit = await this.appointments.lock(ctx, action.appointmentId);
    if (!visit) throw new Error('an action without its visit');
    if (end.state === 'written') return this.written(ctx, { action, visit }, end.versionId);
    if (end.state === 'overtaken') return this.overtaken(ctx, { action, visit });
    if (end.state === 'arrived') return this.arrived(ctx, action);
    if (isTakenBack(action, visitOf(visit))) return this.takenBack(ctx, action);
    await this.passed(ctx, { action, visit }, end.reason);
  }

  /**
   * For a result that could not be kept: the attempt counts, and after the last one staff get the wish. Only the action
   * and its work item are touched, since the reply or the outcome may be what fails each time.
   */
  async giveBack(ctx: TxContext, actionId: Uuid, reason: string): Promise<void> {
    const action = await this.answers.action(ctx, actionId);
    if (action?.state !== 'asked') return;
    const delayMs = actionBackOffMs(action.attempts + 1);
    if (delayMs !== null) return this.answers.deferAction(ctx, actionId, { delayMs, reason });
    await this.passOn(ctx, action, reason);
  }

  private async written(ctx: TxContext, { action, visit }: Settled, versionId: string | null): Promise<void> {
    await this.answers.endAction(ctx, action.id, { state: 'written', reason: null });
    await this.follow(ctx, { action, visit }, versionId);
    await this.audit.record(ctx, {
      type: action.kind === 'confirm' ? 'appointment.confirmed' : 'appointment.cancelled',
      action: 'U',
      entity: { kind: 'appointment', id: visit.id },
      patientId: action.patientId,
      detail: { by: 'patient' },
    });
    await this.say(ctx, action, action.kind === 'confirm' ? 'confirmed' : 'cancelled');
  }

  /** The projection follows the write at once; the next sync finds nothing new. */
  private async follow(ctx: TxContext, { action, visit }: Settled, versionId: string | null): Promise<void> {
    const change = action.kind === 'confirm' ? { participantStatus: 'accepted' } : { status: 'cancelled' };
    await this.projection.update(ctx, visit, { ...visitOf(visit), ...change, versionId }, await nowIn(ctx));
    if (visit.planAt) await this.plan.run(ctx, [visit]);
    if (action.kind === 'cancel') await this.events.publish(ctx, AppointmentCancelledByPatient, [visit.id]);
  }

  private async passed(ctx: TxContext, { action }: Settled, reason: string): Promise<void> {
    await this.passOn(ctx, action, reason);
    await this.say(ctx, action, action.kind === 'confirm' ? 'confirmationPassed' : 'cancellationPassed');
  }

  private async passOn(ctx: TxContext, action: ActionEntity, reason: string): Promise<void> {
    const { id, kind, appointmentId, visitVersion, patientId } = action;
    const workItemId = await this.worklist.raise(ctx, {
      kind: workItemKind(kind),
      reason,
      key: workItemKey(kind, appointmentId, visitVersion),
      subject: { kind: 'appointment', id: appointmentId },
      patientId,
    });
    await this.answers.endAction(ctx, id, { state: 'passed', reason, workItemId });
  }

  /** The patient reads the answer to the later tap. */
  private takenBack(ctx: TxContext, action: ActionEntity): Promise<void> {
    return this.answers.endAction(ctx, action.id, { state: 'overtaken', reason: CHANGED_MIND });
  }

  private async overtaken(ctx: TxContext, { action, visit }: Settled): Promise<void> {
    await this.answers.endAction(ctx, action.id, { state: 'overtaken', reason: 'visit-changed' });
    await this.replies.sayInvalid(ctx, replyTo(action), visit, await nowIn(ctx));
  }

  /** Nobody cancels the visit of somebody who sits in the waiting room; whoever does not has to say so. */
  private async arrived(ctx: TxContext, action: ActionEntity): Promise<void> {
    await this.answers.endAction(ctx, action.id, { state: 'overtaken', reason: 'arrived' });
    await this.say(ctx, action, 'arrived');
  }

  private say(ctx: TxContext, action: ActionEntity, text: PlainWords): Promise<void> {
    return this.replies.say(ctx, replyTo(action), ({ words }) => words[text]);
  }

  private async record(ctx: TxContext, action: ActionEntity, code: string): Promise<void> {
    const { addressId, patientId, appointmentId } = action;
    await this.conversations.recordOutcome(ctx, { addressId, patientId, code, appointmentId });
  }
}

type End =
  | { state: 'asked'; delayMs: number; reason: string }
  | { state: 'written'; versionId: string | null }
  | { state: 'overtaken' }
  | { state: 'arrived' }
  | { state: 'taken-back' }
  | { state: 'passed'; reason: string };
type Concluded = Exclude<End, { state: 'asked' | 'taken-back' }>;

function endOf(action: ActionEntity, result: ActionResult): End {
  if (result.result === 'written') return { state: 'written', versionId: result.versionId };
  if (!('reason' in result)) return { state: result.result } as End;
  const delayMs = result.result === 'failed' ? actionBackOffMs(action.attempts + 1) : null;
  return delayMs === null
    ? { state: 'passed', reason: result.reason }
    : { state: 'asked', delayMs, reason: result.reason };
}

type PlainWords = { [K in keyof Words]: Words[K] extends string ? K : never }[keyof Words];

function replyTo(action: ActionEntity): ReplyTo {
  const { addressId, patientId, accountId, askedAt } = action;
  return { key: `action:${action.id}`, addressId, patientId, accountId, askedAt };
}
