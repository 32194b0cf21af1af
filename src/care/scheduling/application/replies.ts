import { Injectable } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import { languageOrder, PatientsFacade } from '../../../exchange/patients/index.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { dateText, timeText } from '../domain/reminder-text.policy.js';
import { classOf, hasArrived } from '../domain/visit.policy.js';
import { speak, type Spoken } from '../domain/words/speak.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { visitOf } from '../infrastructure/visit.mapper.js';

const HOUR_MS = 3_600_000;

/** The customer service window that the tap opened: later the reply could not leave anyway. */
const WINDOW_MS = 24 * HOUR_MS;

export interface ReplyTo {
  /** Unique per answer: the same key is never sent twice. */
  key: string;
  addressId: Uuid;
  patientId: Uuid | null;
  accountId: Uuid | null;
  /** When the patient tapped, by Meta. */
  askedAt: Date;
}

/** Answers taps with a free-form text in the patient's language. */
@Injectable()
export class Replies {
  constructor(
    private readonly messaging: MessagingFacade,
    private readonly patients: PatientsFacade,
    private readonly organizations: OrganizationsFacade,
  ) {}

  async say(ctx: TxContext, to: ReplyTo, text: (spoken: Spoken) => string): Promise<void> {
    const languages = await this.languagesOf(ctx, to);
    await this.messaging.send(ctx, {
      origin: 'reply',
      originKey: to.key,
      addressId: to.addressId,
      patientId: to.patientId,
      purpose: 'appointment-reminders',
      content: { kind: 'text', text: text(speak(languages)) },
      usefulUntil: new Date(to.askedAt.getTime() + WINDOW_MS),
      ...(to.accountId && { accountId: to.accountId }),
    });
  }

  /**
   * The button does nothing; and when the visit is now, if it still stands and lies ahead. Who has arrived by the EHR is
   * asked to call.
   */
  async sayInvalid(ctx: TxContext, to: ReplyTo, visit: AppointmentEntity | null, now: Date): Promise<void> {
    if (visit && hasArrived(visitOf(visit))) return this.say(ctx, to, ({ words }) => words.arrived);
    const stands = visit && classOf(visitOf(visit)) !== 'not-live' && visit.startsAt > now;
    await this.say(ctx, to, ({ words, language }) =>
      stands ? words.buttonMoved(whenOf(visit, language)) : words.buttonInvalid,
    );
  }

  /** Someone who is not (or not surely) one patient is answered in the hospital's language. */
  private async languagesOf(ctx: TxContext, { patientId }: ReplyTo): Promise<string[]> {
    const { languages } = await this.organizations.current(ctx);
    const patient = patientId && (await this.patients.get(ctx, patientId));
    return languageOrder(patient ? patient.language : null, languages);
  }
}

function whenOf(visit: AppointmentEntity, language: string): string {
  const { startsAt, timeZone } = visit;
  return `${dateText(startsAt, timeZone, language)}, ${timeText(startsAt, timeZone, language)}`;
}
