/** What one reminder tells, by which rule. */
export interface Telling {
  ruleKey: string;
  startsAt: Date;
  timeZone: string;
  placeReference: string | null;
}

/**
 * Message states in which the patient has surely not been told. Everything else counts as told, `unknown` and
 * `parked` too: a reminder that may have arrived is not sent a second time.
 */
const NOT_TOLD = new Set(['ready', 'failed', 'expired', 'refused']);

/** Whether an earlier reminder by the same rule told the same start, zone and place. */
export function wasTold(telling: Telling, earlier: readonly (Telling & { messageState: string })[]): boolean {
  return earlier.some((one) => !NOT_TOLD.has(one.messageState) && tellsTheSame(telling, one));
}

export function tellsTheSame(one: Telling, other: Telling): boolean {
  return (
    one.ruleKey === other.ruleKey &&
    one.startsAt.getTime() === other.startsAt.getTime() &&
    one.timeZone === other.timeZone &&
    one.placeReference === other.placeReference
  );
}
