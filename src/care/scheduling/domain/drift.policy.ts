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

/** A visit of the EHR that cannot be used. */
export interface Unusable {
  reference: string;
  /** A code. */
  reason: string;
  /** Its start, or that of the window where it has none. */
  start: Date;
  timeZone: string;
}

export interface Sides {
  /** What is compared: from ≤ start < until, on either side. */
  window: { from: Date; until: Date };
  ehr: readonly EhrVisit[];
  unusable: readonly Unusable[];
  /** Visits (`Appointment/1`) of which the EHR did not say, or would not, whether it has them. */
  untold: ReadonlySet<string>;
  here: readonly KeptVisit[];
}

export const DIFFERENCE_KINDS = [
  'only-in-ehr',
  'only-here',
  'start',
  'status',
  'participant-status',
  'place',
  'practitioner',
  'time-zone',
  'unusable',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export interface Difference {
  kind: DifferenceKind;
  start: Date;
  timeZone: string;
  /** `Location/1` */
  facility: string | null;
  /** `Appointment/1` */
  reference: string;
  appointmentId: string | null;
  /** Codes, references or instants; null where one side has nothing to say. */
  here: string | null;
  ehr: string | null;
}

/** Younger than this a change is on its way here: a hint, the next scan or a page that commits will bring it. */
const SETTLING_MS = 15 * 60_000;

/** Instants at the moment of comparing. */
export interface Clocks {
  /** The product's. */
  now: Date;
  /** The EHR's own, by which it stamps its changes. */
  ehr: Date;
}

export interface Compared {
  /** The earliest first. */
  differences: Difference[];
  /** Parts that differ, and that the EHR changed a moment ago. */
  settling: number;
}

/** What differs between the EHR's visits and ours. Visits that stand on neither side are no difference. */
export function compareVisits({ window, ehr, unusable, untold, here }: Sides, clocks: Clocks): Compared {
  const kept = new Map(here.map((visit) => [keyOf(visit), visit]));
  const compared: Compared = { differences: unusable.map((row) => unusableOf(row, here)), settling: 0 };
  const elsewhere = new Set([...untold, ...unusable.map(({ reference }) => reference)]);
  for (const theirs of ehr) {
    const ours = kept.get(keyOf(theirs));
    kept.delete(keyOf(theirs));
    const found = ours ? changesOf(theirs, ours, { window, now: clocks.now }) : missing(theirs);
    if (found.length > 0 && isSettling(theirs, clocks.ehr)) compared.settling++;
    else compared.differences.push(...found);
  }
  const left = [...kept.values()].filter((visit) => stands(visit) && !elsewhere.has(visit.reference));
  compared.differences.push(...left.map(onlyHere));
  compared.differences.sort(byStart);
  return compared;
}

/** Whether a visit counts: cancelled ones and those that took place are no one's plan. */
export function stands(visit: VisitFacts): boolean {
  return classOf(visit) !== 'not-live';
}

export function isIn({ from, until }: Sides['window'], start: Date): boolean {
  return start >= from && start < until;
}

function keyOf({ reference, patient }: { reference: string; patient: string }): string {
  return `${reference} ${patient}`;
}

/** An EHR of several machines may stamp a moment ahead. */
function isSettling({ changedAt }: EhrVisit, now: Date): boolean {
  return changedAt !== null && Math.abs(now.getTime() - changedAt.getTime()) < SETTLING_MS;
}

function missing(theirs: EhrVisit): Difference[] {
  if (!stands(theirs)) return [];
  return [{ ...placeOf(theirs), kind: 'only-in-ehr', appointmentId: null, here: null, ehr: theirs.status }];
}

function onlyHere(ours: KeptVisit): Difference {
  return { ...placeOf(ours), kind: 'only-here', appointmentId: ours.id, here: ours.status, ehr: null };
}

function unusableOf({ reason, ...row }: Unusable, here: readonly KeptVisit[]): Difference {
  const ours = here.find(({ reference }) => reference === row.reference);
  const place = ours ? placeOf(ours) : { ...row, facility: null };
  return {
    ...place,
    kind: 'unusable',
    appointmentId: ours?.id ?? null,
    here: ours?.status ?? null,
    ehr: reason,
  };
}

function changesOf(
  theirs: EhrVisit,
  ours: KeptVisit,
  { window, now }: { window: Sides['window']; now: Date },
): Difference[] {
  if (!stands(theirs) && !stands(ours)) return [];
  const begun = theirs.start < now && ours.start < now;
  const place = placeOf(isIn(window, ours.start) ? ours : theirs);
  return [...whereAndWhen(theirs, ours), ...(begun ? [] : howItStands(theirs, ours))]
    .filter(([, here, ehr]) => here !== ehr)
    .map(([kind, here, ehr]) => ({ ...place, kind, appointmentId: ours.id, here, ehr }));
}

type Pair = [kind: DifferenceKind, here: string | null, ehr: string | null];

function whereAndWhen(theirs: EhrVisit, ours: KeptVisit): Pair[] {
  return [
    ['start', ours.start.toISOString(), theirs.start.toISOString()],
    ['place', ours.place, theirs.place],
    ['practitioner', ours.practitioner, theirs.practitioner],
    ['time-zone', ours.timeZone, theirs.timeZone],
  ];
}

/** Of a visit that has begun it is read at night alone: who came and who did not is no one's plan any more. */
function howItStands(theirs: EhrVisit, ours: KeptVisit): Pair[] {
  return [
    ['status', ours.present ? ours.status : 'gone', theirs.status],
    ['participant-status', ours.participantStatus, theirs.participantStatus],
  ];
}

function placeOf({
  start,
  timeZone,
  place,
  reference,
}: EhrVisit | KeptVisit): Pick<Difference, 'start' | 'timeZone' | 'facility' | 'reference'> {
  return { start, timeZone, facility: place, reference };
}

function byStart(a: Difference, b: Difference): number {
  return a.start.getTime() - b.start.getTime() || (a.reference < b.reference ? -1 : 1);
}
