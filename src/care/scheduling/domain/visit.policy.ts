/** What the EHR says of one patient's part in one Appointment. Codes are FHIR R4's. */
export interface VisitFacts {
  /** False when the row is gone from the EHR, or this patient from the row. */
  present: boolean;
  status: string;
  participantStatus: string;
  start: Date;
  end: Date | null;
  /** IANA. */
  timeZone: string;
  /** What the zone was worked out from; empty: nothing but the hospital. */
  zoneFrom: string;
  mode: 'in-person' | 'virtual';
  /** `Location/12` */
  place: string | null;
  /** `Practitioner/12` */
  practitioner: string | null;
  /** More than one Patient takes part. */
  groupVisit: boolean;
  /** The EHR's meta.versionId. */
  versionId: string | null;
}

export const VISIT_CLASSES = ['booked', 'pending', 'not-live'] as const;
export type VisitClass = (typeof VISIT_CLASSES)[number];

/** Whether a visit stands: only booked ones are reminded of; pending ones by a rule's own wish. */
export function classOf(facts: Pick<VisitFacts, 'present' | 'status' | 'participantStatus'>): VisitClass {
  if (!facts.present || facts.participantStatus === 'declined') return 'not-live';
  return facts.status === 'booked' || facts.status === 'pending' ? facts.status : 'not-live';
}

/** Why a visit does not stand, as a code; null when it does. */
export function notLiveReason(
  facts: Pick<VisitFacts, 'present' | 'status' | 'participantStatus'>,
): string | null {
  if (classOf(facts) !== 'not-live') return null;
  if (!facts.present) return 'gone';
  return facts.participantStatus === 'declined' && isStanding(facts.status) ? 'declined' : facts.status;
}

/** Whether what the patient was told may no longer hold: only then does the visit version rise. */
export function changesTheVisit(before: VisitFacts, after: VisitFacts): boolean {
  return (
    before.start.getTime() !== after.start.getTime() ||
    before.timeZone !== after.timeZone ||
    before.place !== after.place ||
    before.mode !== after.mode ||
    before.practitioner !== after.practitioner ||
    classOf(before) !== classOf(after)
  );
}

/** Whether the patient is there already: then what happens with the visit is for the desk alone. */
export function hasArrived({ present, status }: Pick<VisitFacts, 'present' | 'status'>): boolean {
  return present && (status === 'arrived' || status === 'checked-in');
}

function isStanding(status: string): boolean {
  return status === 'booked' || status === 'pending';
}
