import { DateTime } from 'luxon';

/** When a hospital's desk is quietest. */
const HOUR = 2;

/** When the hospital's present or last night began, for what is done once a night. */
export function nightOf(now: Date, timeZone: string): Date {
  const local = DateTime.fromJSDate(now, { zone: timeZone });
  const tonight = local.startOf('day').set({ hour: HOUR });
  return (tonight > local ? tonight.minus({ days: 1 }) : tonight).toJSDate();
}
