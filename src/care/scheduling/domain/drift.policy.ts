import { classOf, type VisitFacts } from './visit.policy.js';

/** One patient's part in an Appointment as the EHR has it now. */
export interface EhrVisit extends VisitFacts {
  /** `Appointment/1` */
  reference: string;
  /** `Patient/1` */
  patient: string;
  /** When the EHR changed it; null when it does not say. */
  changedAt: Date | null;
}

/** The same as it is kept here. */
export interface KeptVisit extends VisitFacts {
  id: string;
  reference: string;
  patient: string;
}

export const DIFFERENCE_KINDS = [
  'only-in-ehr',
  'only-here',
  'start',
  'status',
  'participant-status',
  'place',
  'practitioner',
  'unusable',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export interface Difference {
  kind: DifferenceKind;
  start: Date;
  timeZone: string;
  /** `Location/1` */
  facility: string | null;
  reference: string;
  appointmentId: string | null;
  /** Codes, references or instants; null where one side has nothing to say. */
  here: string | null;
  ehr: string | null;
}

/** Younger than this a change is on its way here: a hint, the next scan or a page that commits will bring it. */
export const SETTLING_MS = 15 * 60_000;

export interface Compared {
  differences: Difference[];
  /** Parts that differ, and that the EHR changed a moment ago. */
  settling: number;
}

/** What differs between the EHR's visits of a window and ours. Visits that stand on neither side are no difference. */
export function compareVisits(
  ehr: readonly EhrVisit[],
  here: readonly KeptVisit[],
  now: Date,
): Compared {
  const kept = new Map(here.map((visit) => [keyOf(visit), visit]));
  const compared: Compared = { differences: [], settling: 0 };
  for (const theirs of ehr) {
    const ours = kept.get(keyOf(theirs));
    kept.delete(keyOf(theirs));
    const found = ours ? changesOf(theirs, ours) : missing(theirs);
    if (found.length > 0 && isSettling(theirs, now)) compared.settling++;
    else compared.differences.push(...found);
  }
  compared.differences.push(...[...kept.values()].filter(stands).map(onlyHere));
  return compared;
}

function keyOf({ reference, patient }: { reference: string; patient: string }): string {
  return `${reference} ${patient}`;
}

function isSettling({ changedAt }: EhrVisit, now: Date): boolean {
  return changedAt !== null && now.getTime() - changedAt.getTime() < SETTLING_MS;
}

function stands(visit: VisitFacts): boolean {
  return classOf(visit) !== 'not-live';
}

function missing(theirs: EhrVisit): Difference[] {
  if (!stands(theirs)) return [];
  return [{ ...placeOf(theirs), kind: 'only-in-ehr', appointmentId: null, here: null, ehr: theirs.status }];
}

function onlyHere(ours: KeptVisit): Difference {
  return { ...placeOf(ours), kind: 'only-here', appointmentId: ours.id, here: ours.status, ehr: null };
}

/** A visit that stands on neither side may be kept in whatever words. */
function changesOf(theirs: EhrVisit, ours: KeptVisit): Difference[] {
  if (!stands(theirs) && !stands(ours)) return [];
  const pairs: [DifferenceKind, string | null, string | null][] = [
    ['start', ours.start.toISOString(), theirs.start.toISOString()],
    ['status', ours.present ? ours.status : 'gone', theirs.status],
    ['participant-status', ours.participantStatus, theirs.participantStatus],
    ['place', ours.place, theirs.place],
    ['practitioner', ours.practitioner, theirs.practitioner],
  ];
  return pairs
    .filter(([, here, ehr]) => here !== ehr)
    .map(([kind, here, ehr]) => ({ ...placeOf(theirs), kind, appointmentId: ours.id, here, ehr }));
}

function placeOf({
  start,
  timeZone,
  place,
  reference,
}: EhrVisit | KeptVisit): Pick<Difference, 'start' | 'timeZone' | 'facility' | 'reference'> {
  return { start, timeZone, facility: place, reference };
}
