/** What one reminder tells, by which rule. */
export interface Telling {
  ruleKey: string;
  startsAt: Date;
  timeZone: string;
  placeReference: string | null;
}

/** A reminder of the same visit that was handed on before. */
export interface EarlierTelling extends Telling {
  messageState: string;
  /** When the patient was told: when WhatsApp accepted it, else when it was made. */
  toldAt: Date;
}

/**
 * Message states in which the patient has surely not been told. Everything else counts as told, `unknown` and
 * `parked` too: a reminder that may have arrived is not sent a second time.
 */
const NOT_TOLD = new Set(['ready', 'failed', 'expired', 'refused']);

/**
 * Whether the patient knows already, by the same rule, this start, zone and place. Only what was told since the last
 * other word counts: after ten o'clock, then three, then ten again, the last word was three, so ten is news.
 */
export function wasTold(telling: Telling, earlier: readonly EarlierTelling[]): boolean {
  const latestFirst = earlier
    .filter((one) => !NOT_TOLD.has(one.messageState))
    .sort((one, other) => other.toldAt.getTime() - one.toldAt.getTime());
  const lastOther = latestFirst.findIndex((one) => !tellsTheSame(telling, one));
  const standing = lastOther < 0 ? latestFirst : latestFirst.slice(0, lastOther);
  return standing.some((one) => one.ruleKey === telling.ruleKey);
}

function tellsTheSame(one: Telling, other: Telling): boolean {
  return (
    one.startsAt.getTime() === other.startsAt.getTime() &&
    one.timeZone === other.timeZone &&
    one.placeReference === other.placeReference
  );
}
