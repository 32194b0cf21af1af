import { Injectable } from '@nestjs/common';
import {
  FhirFacade,
  type AppointmentChange,
  type AppointmentWriteResult,
} from '../../../exchange/fhir/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { judgeAction, judgeNotTaken, saysArrived } from '../domain/action.policy.js';
import type { ActionEntity } from '../infrastructure/action.entity.js';
import { AnswersRepository } from '../infrastructure/answers.repository.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { visitOf } from '../infrastructure/visit.mapper.js';
import { each } from './each.js';
import { Hearing } from './hearing.js';
import { SettleAction, type ActionResult } from './settle-action.js';
import { VisitReader, type Seen } from './visit-reader.js';

const BATCH = 12;
const WIDTH = 4;

interface Asked {
  action: ActionEntity;
  visit: AppointmentEntity;
}

/** Carries patients' wishes into the EHR, one at a time per visit, and believes only what was read back. */
@Injectable()
export class ActionsLoop {
  constructor(
    private readonly transactions: Transactions,
    private readonly answers: AnswersRepository,
    private readonly appointments: AppointmentsRepository,
    private readonly fhir: FhirFacade,
    private readonly reader: VisitReader,
    private readonly settle: SettleAction,
    private readonly hearing: Hearing,
    private readonly log: Log,
  ) {}

  async claim(ctx: Context): Promise<number> {
    const due = await this.transactions.run(ctx, (tx) => this.answers.claimDue(tx, BATCH));
    await each(due, WIDTH, ({ id }) => this.carryOut(ctx, id));
    return due.length;
  }

  private async carryOut(ctx: Context, id: Uuid): Promise<void> {
    const asked = await this.load(ctx, id);
    if (!asked) return;
    const atOnce = await this.forStaffAtOnce(ctx, asked);
    if (!atOnce && (await this.mayChangeMind(ctx, asked.action))) return this.wait(ctx, id);
    const result =
      atOnce ?? (await this.attempt(ctx, asked).catch((error: unknown) => this.failed(ctx, id, error)));
    await this.transactions
      .run(ctx, (tx) => this.settle.run(tx, id, result))
      .catch((error: unknown) => this.notSettled(ctx, id, error));
  }

  /**
   * An EHR that takes no such change is not asked for anything: staff have the wish within a second, and a later tap takes
   * it off their list again. Null: the usual way.
   */
  private async forStaffAtOnce(ctx: Context, { action, visit }: Asked): Promise<ActionResult | null> {
    const verdict = judgeAction(action, visitOf(visit));
    if (verdict !== 'to-write' && verdict !== 'for-staff') return null;
    const takes = await this.fhir.takes(ctx, visit.connectionId, changeOf(action, visit));
    if (takes !== false) return null;
    return { result: 'passed', reason: verdict === 'for-staff' ? 'group-visit' : 'ehr-cannot-write' };
  }

  /** Of two taps that came in an outage the first would be written before the second is read. */
  private async mayChangeMind(ctx: Context, { addressId }: ActionEntity): Promise<boolean> {
    if (await this.hearing.isBehind(ctx)) return true;
    return this.transactions.run(ctx, (tx) => this.hearing.mayChangeMind(tx, addressId));
  }

  private wait(ctx: Context, id: Uuid): Promise<void> {
    return this.transactions.run(ctx, (tx) => this.answers.waitToHear(tx, id));
  }

  /** What cannot be kept counts as a failed attempt, so that staff get it in the end. */
  private async notSettled(ctx: Context, id: Uuid, error: unknown): Promise<void> {
    this.log.warn('scheduling.action-not-settled', { organization_id: ctx.organizationId, id }, error);
    await this.transactions.run(ctx, (tx) => this.settle.giveBack(tx, id, 'answer-not-kept'));
  }

  private async attempt(ctx: Context, asked: Asked): Promise<ActionResult> {
    const seen = await this.reader.read(ctx, asked.visit);
    if (seen.state === 'unreadable') return { result: 'failed', reason: seen.reason };
    const visit = await this.refresh(ctx, asked.visit, seen);
    const verdict = judgeAction(asked.action, visitOf(visit));
    if (verdict === 'fulfilled') return { result: 'written', versionId: visit.versionId };
    if (verdict === 'for-staff') return { result: 'passed', reason: 'group-visit' };
    if (verdict !== 'to-write') return { result: verdict };
    const written = await this.write(ctx, { ...asked, visit });
    return written.outcome === 'not-taken' ? this.notTaken(ctx, { ...asked, visit }) : resultOf(written);
  }

  /** What was read back is stored already: it may be what the patient wished all the same, or another visit by now. */
  private async notTaken(ctx: Context, { action, visit: { id } }: Asked): Promise<ActionResult> {
    const visit = await this.transactions.run(ctx, (tx) => this.appointments.get(tx, id));
    const verdict = visit ? judgeNotTaken(action, visitOf(visit)) : 'not-taken';
    if (verdict === 'fulfilled') return { result: 'written', versionId: visit!.versionId };
    if (verdict !== 'not-taken') return { result: verdict };
    return { result: 'passed', reason: 'ehr-did-not-take-it' };
  }

  private write(ctx: Context, { action, visit }: Asked): Promise<AppointmentWriteResult> {
    return this.fhir.writeAppointment(ctx, {
      connectionId: visit.connectionId,
      fhirId: visit.fhirId,
      change: changeOf(action, visit),
      expect: { start: visit.startsAt.toISOString() },
    });
  }

  private refresh(ctx: Context, visit: AppointmentEntity, seen: Seen): Promise<AppointmentEntity> {
    return this.transactions.run(ctx, async (tx) => {
      await this.reader.absorb(tx, visit, seen);
      return (await this.appointments.get(tx, visit.id)) ?? visit;
    });
  }

  private load(ctx: Context, id: Uuid): Promise<Asked | null> {
    return this.transactions.run(ctx, async (tx) => {
      const action = await this.answers.action(tx, id);
      const visit = action && (await this.appointments.get(tx, action.appointmentId));
      return visit && action.state === 'asked' ? { action, visit } : null;
    });
  }

  private failed(ctx: Context, id: Uuid, error: unknown): ActionResult {
    this.log.warn('scheduling.action-failed', { organization_id: ctx.organizationId, id }, error);
    return {
      result: 'failed',
      reason: error instanceof Fault && error.retryable ? 'ehr-unavailable' : 'ehr-failed',
    };
  }
}

function changeOf(action: ActionEntity, visit: AppointmentEntity): AppointmentChange {
  return action.kind === 'confirm'
    ? { participantStatus: 'accepted', patient: visit.patientReference }
    : { status: 'cancelled', reason: 'pat' };
}

function resultOf(write: Exclude<AppointmentWriteResult, { outcome: 'not-taken' }>): ActionResult {
  switch (write.outcome) {
    case 'written':
      return { result: 'written', versionId: write.versionId };
    case 'unsupported':
      return { result: 'passed', reason: 'ehr-cannot-write' };
    case 'refused':
      return resultOfRefusal(write.code);
  }
}

function resultOfRefusal(code: string): ActionResult {
  if (code === 'moved') return { result: 'overtaken' };
  return saysArrived(code) ? { result: 'arrived' } : { result: 'passed', reason: `ehr-refused-${code}` };
}
