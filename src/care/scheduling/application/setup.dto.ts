import { IsBoolean, IsOptional, Matches, ValidateBy } from 'class-validator';
import { isLead } from '../domain/rule.policy.js';

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** One entry of `reminders`. */
export class ReminderSetup {
  @Matches(/^[a-z][a-z0-9-]{0,39}$/, { message: 'key must be lower-case letters, digits and hyphens' })
  key: string;

  @ValidateBy({
    name: 'isLead',
    validator: {
      validate: isLead,
      defaultMessage: () =>
        'before must be an ISO 8601 duration from a minute to a year, such as P1D or PT3H',
    },
  })
  before: string;

  @Matches(/^[a-z0-9_]{1,512}$/, { message: 'template must be a message template name: a-z, 0-9 and _' })
  template: string;

  /** Also remind of visits that are only pending. */
  @IsOptional()
  @IsBoolean({ message: 'pending must be true or false' })
  pending?: boolean;
}

/** `quietHours`: equal times mean none. */
export class QuietHoursSetup {
  @Matches(TIME, { message: 'from must be a local time such as "21:00"' })
  from: string;

  @Matches(TIME, { message: 'to must be a local time such as "08:00"' })
  to: string;
}
