import { Injectable } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import { languageOrder, PatientsFacade, type Patient } from '../../../exchange/patients/index.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { planSteps } from '../domain/step-plan.policy.js';
import { instantBefore } from '../domain/wall-clock.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { RuleEntity } from '../infrastructure/rule.entity.js';
import { RulesRepository } from '../infrastructure/rules.repository.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';
import { visitOf } from '../infrastructure/visit.mapper.js';

const DAY_MS = 86_400_000;
const SPAN_MS = 14 * DAY_MS;

/** A preview answers a person: beyond this many visits it says that it is cut off. */
const MOST_VISITS = 1_000;

export interface Preview {
  from: Date;
  to: Date;
  wouldSend: number;
  skipped: { reason: string; count: number }[];
  /** True when more visits lie in the span than were looked at. */
  cutOff: boolean;
}

/** What a rule would do in the next fourteen days, if nothing changed. Sends and stores nothing. */
@Injectable()
export class PreviewRule {
  constructor(
    private readonly transactions: Transactions,
    private readonly appointments: AppointmentsRepository,
    private readonly steps: StepsRepository,
    private readonly rules: RulesRepository,
    private readonly messaging: MessagingFacade,
    private readonly patients: PatientsFacade,
    private readonly organizations: OrganizationsFacade,
  ) {}

  /** Throws not-found. */
  run(ctx: Context, ruleId: Uuid): Promise<Preview> {
    return this.transactions.run(ctx, async (tx) => {
      const rule = await this.rules.get(tx, ruleId);
      if (!rule?.active) throw notFound('reminder rule');
      const from = await nowIn(tx);
      const to = new Date(from.getTime() + SPAN_MS);
      const last = new Date(to.getTime() + leadMs(rule, to));
      const visits = await this.appointments.standing(tx, { from, to: last, limit: MOST_VISITS + 1 });
      const reasons = await this.reasons(tx, rule, { visits: visits.slice(0, MOST_VISITS), from, to });
      return { from, to, ...count(reasons), cutOff: visits.length > MOST_VISITS };
    });
  }

  private async reasons(
    ctx: TxContext,
    rule: RuleEntity,
    { visits, from, to }: { visits: AppointmentEntity[]; from: Date; to: Date },
  ): Promise<(string | null)[]> {
    const planned = await this.plans(ctx, rule, { visits, now: from });
    const inSpan = planned.filter(({ dueAt }) => dueAt < to);
    const ids = inSpan.flatMap(({ visit }) => visit.patientId ?? []);
    const survivors = await this.patients.survivorsOf(ctx, [...new Set(ids)]);
    const patients = await this.patients.getMany(ctx, [...new Set(survivors.values())]);
    const reasons: (string | null)[] = [];
    for (const { visit, reason } of inSpan) {
      const patient = patients.get(survivors.get(visit.patientId ?? '') ?? '');
      reasons.push(reason ?? (await this.obstacle(ctx, rule, { visit, patient })));
    }
    return reasons;
  }

  /** The rule's steps of these visits: those that stand, and those that a fresh plan would make. */
  private async plans(
    ctx: TxContext,
    rule: RuleEntity,
    { visits, now }: { visits: AppointmentEntity[]; now: Date },
  ) {
    const rules = await this.rules.active(ctx);
    const quiet = await this.rules.quietHours(ctx);
    const steps = await this.steps.ofAppointments(
      ctx,
      visits.map(({ id }) => id),
    );
    return visits.flatMap((visit) => {
      const own = steps.filter(
        (step) => step.appointmentId === visit.id && step.visitVersion === visit.visitVersion,
      );
      const present = own.filter((step) => step.ruleId === rule.id);
      const made = planSteps({ visit: visitOf(visit), rules, quiet, present: own, now }).add;
      const fresh = made.filter((step) => step.ruleId === rule.id);
      return [...present, ...fresh]
        .filter(({ state }) => state === 'planned' || state === 'skipped')
        .map(({ dueAt, state, reason }) => ({ visit, dueAt, reason: state === 'skipped' ? reason : null }));
    });
  }

  private async obstacle(
    ctx: TxContext,
    rule: RuleEntity,
    { visit, patient }: { visit: AppointmentEntity; patient: Patient | undefined },
  ): Promise<string | null> {
    if (!patient) return 'patient-unknown';
    const addresses = await this.patients.addressesOf(ctx, patient.id);
    if (addresses.length === 0) return patient.byProxy ? 'no-guardian' : 'no-address';
    const address = addresses.find(({ confirmed }) => confirmed);
    if (!address) return 'number-shared';
    const { languages } = await this.organizations.current(ctx);
    const order = languageOrder(patient.language, languages);
    const template = await this.messaging.templateFor(ctx, rule.template, order);
    if (!template) return 'template-missing';
    const explained = await this.messaging.explain(ctx, {
      origin: 'reminder',
      originKey: `preview:${visit.id}`,
      addressId: address.id,
      patientId: patient.id,
      purpose: 'appointment-reminders',
      visitId: visit.id,
      usefulUntil: visit.startsAt,
      content: { kind: 'template', name: template.name, language: template.language, ...blank(template) },
    });
    return explained.outcome === 'refused' ? explained.reason : null;
  }
}

function leadMs(rule: RuleEntity, at: Date): number {
  return at.getTime() - instantBefore(at, rule.before, 'utc').getTime();
}

function blank({ parameters, buttons }: { parameters: number; buttons: number }): {
  body: string[];
  buttons: string[];
} {
  const filled = (length: number): string[] => Array.from({ length }, () => '-');
  return { body: filled(parameters), buttons: filled(buttons) };
}

function count(reasons: (string | null)[]): Pick<Preview, 'wouldSend' | 'skipped'> {
  const counts = new Map<string, number>();
  for (const reason of reasons) if (reason) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const skipped = [...counts].map(([reason, total]) => ({ reason, count: total }));
  return {
    wouldSend: reasons.filter((reason) => reason === null).length,
    skipped: skipped.sort((a, b) => b.count - a.count),
  };
}
