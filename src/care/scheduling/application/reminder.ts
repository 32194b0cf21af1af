import { Injectable } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import {
  languageOrder,
  PatientsFacade,
  type Address,
  type Patient,
} from '../../../exchange/patients/index.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { hashOf, newToken } from '../domain/button-token.js';
import { asParameter, REMINDER_PARAMETERS, reminderParameters } from '../domain/reminder-text.policy.js';
import type { ActionKind } from '../domain/tap.policy.js';
import { AnswersRepository } from '../infrastructure/answers.repository.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import type { StepEntity } from '../infrastructure/step.entity.js';
import { ANSWER_PENDING, Hearing } from './hearing.js';
import { Places } from './places.js';
import { Recipients } from './recipients.js';

export interface ReminderCase {
  step: Pick<StepEntity, 'id' | 'usefulUntil'>;
  visit: AppointmentEntity;
  patient: Patient;
  template: string;
}

/** `skip`: it never goes. `wait`: people must act first, or what the patient said must be heard. */
export type ReminderResult =
  { result: 'handed'; messageId: Uuid } | { result: 'skip' | 'wait'; reason: string };

const BUTTONS: ActionKind[] = ['confirm', 'cancel'];

interface Wording {
  template: { accountId: Uuid; name: string; language: string; buttons: number };
  body: string[];
}

/** Words one reminder in the patient's language, with a token behind each button, and hands it to messaging. */
@Injectable()
export class Reminder {
  constructor(
    private readonly messaging: MessagingFacade,
    private readonly patients: PatientsFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly answers: AnswersRepository,
    private readonly places: Places,
    private readonly hearing: Hearing,
    private readonly recipients: Recipients,
  ) {}

  /** In the caller's transaction: tokens, message and step stand or fall together. */
  async hand(ctx: TxContext, reminder: ReminderCase): Promise<ReminderResult> {
    const address = await this.recipients.of(ctx, reminder.patient);
    if ('result' in address) return address;
    if (await this.hearing.awaits(ctx, address.id)) return { result: 'wait', reason: ANSWER_PENDING };
    const wording = await this.word(ctx, reminder);
    if ('result' in wording) return wording;
    const buttons = await this.makeTokens(ctx, reminder, { address, count: wording.template.buttons });
    const { messageId } = await this.messaging.send(ctx, {
      origin: 'reminder',
      originKey: reminder.step.id,
      accountId: wording.template.accountId,
      addressId: address.id,
      patientId: reminder.patient.id,
      purpose: 'appointment-reminders',
      visitId: reminder.visit.id,
      usefulUntil: reminder.step.usefulUntil,
      content: {
        kind: 'template',
        name: wording.template.name,
        language: wording.template.language,
        body: wording.body,
        buttons,
      },
    });
    return { result: 'handed', messageId };
  }

  private async word(
    ctx: TxContext,
    { visit, patient, template: name }: ReminderCase,
  ): Promise<Wording | ReminderResult> {
    const organization = await this.organizations.current(ctx);
    const languages = languageOrder(patient.language, organization.languages);
    const template = await this.messaging.templateFor(ctx, name, languages);
    if (!template) return { result: 'wait', reason: 'template-missing' };
    if (!fits(template)) return { result: 'wait', reason: 'template-mismatch' };
    const givenName = await this.givenNameOf(ctx, patient.id);
    if (!givenName) return { result: 'skip', reason: 'no-name' };
    const body = reminderParameters({
      givenName,
      organizationName: organization.name,
      placeName: await this.placeOf(ctx, visit),
      start: visit.startsAt,
      timeZone: visit.timeZone,
      language: template.language,
    });
    return { template, body };
  }

  private async givenNameOf(ctx: TxContext, patientId: Uuid): Promise<string> {
    const names = (await this.patients.namesOf(ctx, [patientId])).get(patientId);
    return asParameter(names?.given ?? '') || asParameter(names?.text ?? '');
  }

  private async placeOf(ctx: TxContext, visit: AppointmentEntity): Promise<string> {
    const name = asParameter((await this.places.nameOf(ctx, visit.connectionId, visit.placeReference)) ?? '');
    return name || (await this.organizations.facilityOf(ctx, visit.placeReference)).name;
  }

  private async makeTokens(
    ctx: TxContext,
    { step, visit, patient }: ReminderCase,
    { address, count }: { address: Address; count: number },
  ): Promise<string[]> {
    const made = BUTTONS.slice(0, count).map((action) => ({ action, token: newToken() }));
    if (made.length === 0) return [];
    await this.answers.addTokens(
      ctx,
      made.map(({ action, token }) => ({
        tokenHash: hashOf(token),
        stepId: step.id,
        appointmentId: visit.id,
        visitVersion: visit.visitVersion,
        action,
        patientId: patient.id,
        addressId: address.id,
        expiresAt: visit.startsAt,
      })),
    );
    return made.map(({ token }) => token);
  }
}

/** A reminder fills five variables and none or two buttons: any other template would go out wrong. */
function fits(template: { parameters: number; buttons: number }): boolean {
  return (
    template.parameters === REMINDER_PARAMETERS &&
    (template.buttons === 0 || template.buttons === BUTTONS.length)
  );
}
