import { Injectable } from '@nestjs/common';
import type { Answer, Inbound, Responder } from '../../conversations/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import { newId } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { CHANGED_MIND, oppositeOf, workItemKey, workItemKind } from '../domain/action.policy.js';
import { hashOf, isToken } from '../domain/button-token.js';
import { judgeTap, type TapVerdict } from '../domain/tap.policy.js';
import { AppointmentConfirmed } from '../events.js';
import { AnswersRepository } from '../infrastructure/answers.repository.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import type { ButtonTokenEntity } from '../infrastructure/button-token.entity.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { visitOf } from '../infrastructure/visit.mapper.js';
import { ACTIONS_LOOP } from './loop-names.js';
import { PlanVisits } from './plan-visits.js';
import { Replies, type ReplyTo } from './replies.js';
import { SamePerson } from './same-person.js';

interface Tapped {
  inbound: Inbound;
  token: ButtonTokenEntity;
  visit: AppointmentEntity;
  now: Date;
}

/** What a tap that is not applied is called in the conversation's summary. */
const OUTCOMES: Partial<Record<TapVerdict, string>> = {
  expired: 'button-expired',
  overdue: 'button-expired',
  stale: 'button-expired',
  used: 'button-used',
};

/** Answers taps on the buttons of reminders. Only a token that is ours, unused, unexpired and of this visit version acts. */
@Injectable()
export class TapResponder implements Responder {
  readonly name = 'scheduling.buttons';
  readonly order = 10;

  constructor(
    private readonly transactions: Transactions,
    private readonly answers: AnswersRepository,
    private readonly appointments: AppointmentsRepository,
    private readonly plan: PlanVisits,
    private readonly replies: Replies,
    private readonly worklist: WorklistFacade,
    private readonly events: Events,
    private readonly loops: Loops,
    private readonly samePerson: SamePerson,
  ) {}

  async match(_ctx: Context, inbound: Inbound): Promise<boolean> {
    return isToken(inbound.token);
  }

  /** Idempotent: the same inbound message again gives the same answer and nothing more. */
  answer(ctx: Context, inbound: Inbound): Promise<Answer> {
    return this.transactions.run(ctx, async (tx) => {
      const tapped = await this.find(tx, inbound);
      if (!tapped) return this.turnAway(tx, inbound);
      const { token, visit, now } = tapped;
      const tap = { inboundId: inbound.id, addressId: inbound.addressId, at: inbound.at, now };
      const verdict = judgeTap(tap, token, visitOf(visit));
      if (verdict === 'foreign') return this.turnAway(tx, inbound);
      if (verdict === 'valid') await this.accept(tx, tapped);
      else if (verdict === 'overdue') await this.hearTooLate(tx, tapped);
      else await this.decline(tx, tapped, verdict);
      const code = OUTCOMES[verdict];
      return { patientId: token.patientId, ...(code && { outcome: { code, appointmentId: visit.id } }) };
    });
  }

  /** The visit's lock comes first, then the token is read: two taps at once are judged one after the other. */
  private async find(ctx: TxContext, inbound: Inbound): Promise<Tapped | null> {
    if (!isToken(inbound.token)) return null;
    const hash = hashOf(inbound.token);
    const known = await this.answers.token(ctx, hash);
    const visit = known && (await this.appointments.lock(ctx, known.appointmentId));
    const token = visit && (await this.answers.token(ctx, hash));
    if (!token) return null;
    const now = await nowIn(ctx);
    const moved = await this.samePerson.movedTo(ctx, visit);
    // The visit version rose once, when the EHR ceased to name this record in it.
    if (!moved?.patientId || token.visitVersion !== visit.visitVersion - 1)
      return { inbound, token, visit, now };
    const { patientId, visitVersion } = moved;
    return { inbound, token: { ...token, patientId, visitVersion }, visit: moved, now };
  }

  /** A token that is not ours or was sent to someone else: nothing is told of any visit. */
  private async turnAway(ctx: TxContext, inbound: Inbound): Promise<Answer> {
    await this.replies.say(ctx, replyTo(inbound, null), ({ words }) => words.buttonInvalid);
    return { outcome: { code: 'button-unknown' } };
  }

  private async decline(
    ctx: TxContext,
    { inbound, token, visit, now }: Tapped,
    verdict: TapVerdict,
  ): Promise<void> {
    const to = replyTo(inbound, token.patientId);
    if (verdict === 'repeated') return;
    if (verdict === 'used') return this.replies.say(ctx, to, ({ words }) => words.alreadyAnswered);
    await this.replies.sayInvalid(ctx, to, visit, now);
  }

  /**
   * The visit has begun: there is nothing to write and nothing left to say. Who wanted to cancel was expected in vain,
   * and that is for staff to know.
   */
  private async hearTooLate(ctx: TxContext, { inbound, token, visit }: Tapped): Promise<void> {
    await this.answers.useToken(ctx, token.tokenHash, inbound.id);
    if (token.action !== 'cancel') return;
    await this.worklist.raise(ctx, {
      kind: workItemKind('cancel'),
      reason: 'heard-too-late',
      key: workItemKey('cancel', visit.id, visit.visitVersion),
      subject: { kind: 'appointment', id: visit.id },
      patientId: token.patientId,
    });
  }

  /** The wish is kept with the token's use; the EHR is written, and the patient answered, by the actions loop. */
  private async accept(ctx: TxContext, tapped: Tapped): Promise<void> {
    const { inbound, token, visit } = tapped;
    await this.answers.useToken(ctx, token.tokenHash, inbound.id);
    await this.answers.ask(ctx, {
      id: newId(),
      appointmentId: visit.id,
      visitVersion: visit.visitVersion,
      kind: token.action,
      patientId: token.patientId,
      addressId: inbound.addressId,
      accountId: inbound.accountId,
      receivedId: inbound.id,
      askedAt: inbound.at,
    });
    const opposite = workItemKey(oppositeOf(token.action), visit.id, visit.visitVersion);
    await this.worklist.resolve(ctx, opposite, CHANGED_MIND);
    if (token.action === 'confirm') await this.confirm(ctx, tapped);
    else await this.stopReminding(ctx, tapped);
    afterCommit(ctx, () => void this.loops.wake(ACTIONS_LOOP));
  }

  /** Participant status accepted, as our own durable fact; the EHR's copy follows. */
  private async confirm(ctx: TxContext, { inbound, visit }: Tapped): Promise<void> {
    const isReturn = visitOf(visit).cancelAsked;
    const change = {
      confirmedAt: inbound.at,
      confirmedVersion: visit.visitVersion,
      cancelAskedAt: null,
      cancelAskedVersion: null,
    };
    await this.appointments.update(ctx, visit.id, change);
    if (isReturn) await this.plan.run(ctx, [Object.assign(visit, change)]);
    await this.events.publish(ctx, AppointmentConfirmed, [visit.id]);
  }

  /** Whoever cancels is not reminded any more, whatever the EHR does with the wish. */
  private async stopReminding(ctx: TxContext, { inbound, visit }: Tapped): Promise<void> {
    const change = { cancelAskedAt: inbound.at, cancelAskedVersion: visit.visitVersion };
    await this.appointments.update(ctx, visit.id, change);
    await this.plan.run(ctx, [Object.assign(visit, change)]);
  }
}

function replyTo(inbound: Inbound, patientId: string | null): ReplyTo {
  return {
    key: `tap:${inbound.id}`,
    addressId: inbound.addressId,
    patientId,
    accountId: inbound.accountId,
    askedAt: inbound.at,
  };
}
