import type { Appointment, CodeableConcept, Extension } from 'fhir/r4.js';
import type { Resource, StoredResource } from '../resource.js';
import { invalid, unless } from '../validate/issue.js';
import type { PatchStep, VendorIssue } from './profile.js';

type Status = Appointment['status'];

const moves: Partial<Record<Status, Status[]>> = {
  proposed: ['booked', 'cancelled'],
  booked: ['arrived', 'checked-in', 'cancelled'],
  arrived: ['checked-in', 'cancelled'],
  'checked-in': ['fulfilled', 'cancelled'],
};

const CANCELABLE = 'https://fhir-ehr.cerner.com/r4/StructureDefinition/is-cancelable';
const RESCHEDULABLE = 'https://fhir-ehr.cerner.com/r4/StructureDefinition/is-reschedulable';

/** What a visit must be like when it is made, and which changes it takes. */
export function visitIssues(after: Resource, before?: Resource): VendorIssue[] {
  const visit = after as unknown as Appointment;
  return before ? moveIssues(visit, before as unknown as Appointment) : createIssues(visit);
}

function moveIssues(after: Appointment, before: Appointment): VendorIssue[] {
  const { status, cancelationReason } = after;
  const legal = status === before.status || moves[before.status]?.includes(status);
  const cancelled = status === 'cancelled';
  return [
    ...unless(
      legal === true,
      refused('status', `A ${before.status} visit cannot become this`, 'Appointment status moves'),
    ),
    ...unless(!cancelationReason || cancelled, refusedPath('Only together with the status cancelled')),
    ...unless(!cancelled || says(before, CANCELABLE) !== false, refusedPath('This visit is not cancelable')),
    ...unless(
      !isMoved(after, before) || says(before, RESCHEDULABLE) !== false,
      refusedPath('This visit is not reschedulable'),
    ),
  ];
}

function isMoved(after: Appointment, before: Appointment): boolean {
  const [now, then] = [after, before].map(({ slot }) => slot?.[0]?.reference);
  return before.status === 'booked' && now !== then;
}

const isOf = (type: string) => (participant: { actor?: { reference?: string } }) =>
  Boolean(participant.actor?.reference?.includes(`${type}/`));

/** fhir.cerner.com, appointment.yaml: the fields of a create. What becomes of others is not said: none is taken here. */
const fields = [
  'resourceType',
  'status',
  'serviceType',
  'reasonCode',
  'slot',
  'participant',
  'comment',
  'requestedPeriod',
];

function createIssues(visit: Appointment): VendorIssue[] {
  const { status, participant = [] } = visit;
  const wrong = (element: string, why: string) => refused(element, why, 'Appointment create');
  const patients = participant.filter(isOf('Patient'));
  const others = Object.keys(visit).filter((name) => !fields.includes(name));
  const common = [
    ...others.map((name) => wrong(name, 'This is no field of a create')),
    ...unless(patients.length === 1, wrong('participant', 'Exactly one Patient takes part')),
  ];
  if (status === 'booked') return [...common, ...bookedIssues(visit)];
  if (status === 'proposed') return [...common, ...proposedIssues(visit)];
  return [wrong('status', 'A visit is made proposed or booked')];
}

function bookedIssues({ slot = [], participant = [] }: Appointment): VendorIssue[] {
  const wrong = (element: string, why: string) => refused(element, why, 'Appointment create');
  return [
    ...unless(slot.length === 1, wrong('slot', 'Exactly one slot is booked')),
    ...unless(
      participant.length === 1 && participant[0]?.status === 'accepted',
      wrong('participant', 'The Patient alone takes part, and has accepted'),
    ),
  ];
}

function proposedIssues({
  serviceType = [],
  participant = [],
  requestedPeriod = [],
}: Appointment): VendorIssue[] {
  const wrong = (element: string, why: string) => refused(element, why, 'Appointment create');
  const [period] = requestedPeriod;
  return [
    ...unless(serviceType.length === 1, wrong('serviceType', 'Exactly one serviceType is asked for')),
    ...unless(participant.some(isOf('Location')), wrong('participant', 'A Location takes part')),
    ...unless(
      participant.every(({ status }) => status === 'needs-action'),
      wrong('participant', 'Whoever takes part needs action'),
    ),
    ...unless(
      requestedPeriod.length === 1 && Boolean(period?.start && period.end),
      wrong('requestedPeriod', 'Exactly one period with start and end is asked for'),
    ),
  ];
}

const paths = ['/status', '/slot', '/reasonCode', '/cancelationReason'];
/** Links of a video visit. */
const videoLink = /^\/contained\/[01]\/telecom\/0\//;

export function visitPatchIssues(steps: PatchStep[]): VendorIssue[] {
  const changes = steps.filter(({ op }) => op !== 'test');
  const known = steps.every(({ path }) => paths.includes(path) || videoLink.test(path));
  const why = `A patch of Appointment may touch ${paths.join(', ')} and video-visit links only`;
  return [...unless(known, refusedPath(why)), ...slotStepIssues(changes), ...reasonStepIssues(changes)];
}

const setsStatus = (changes: PatchStep[], status: Status): boolean =>
  changes.some(({ path, value }) => path === '/status' && value === status);

function slotStepIssues(changes: PatchStep[]): VendorIssue[] {
  const step = changes.find(({ path }) => path === '/slot');
  if (!step) return [];
  const booking = setsStatus(changes, 'booked');
  const one = Array.isArray(step.value) && step.value.length === 1;
  return [
    ...unless(
      step.op !== 'add' || booking,
      refusedPath('A slot is added only together with the status booked'),
    ),
    ...unless(step.op !== 'replace' || changes.length === 1, refusedPath('A slot is replaced alone')),
    ...unless(one, refusedPath('Exactly one slot is named')),
  ];
}

function reasonStepIssues(changes: PatchStep[]): VendorIssue[] {
  const step = changes.find(({ path }) => path === '/cancelationReason');
  if (!step) return [];
  const { coding = [] } = (step.value ?? {}) as CodeableConcept;
  return unless(
    coding.length > 0 && setsStatus(changes, 'cancelled'),
    refusedPath('A cancelationReason needs a coding, and the status cancelled beside it'),
  );
}

const refusedPath = (why: string): VendorIssue => refused('', why, 'Appointment patch paths');

function refused(element: string, why: string, row: VendorIssue['row']): VendorIssue {
  return { ...invalid(element === '' ? 'Appointment' : `Appointment.${element}`, why), row };
}

function says({ extension = [] }: Appointment, url: string): boolean | undefined {
  return extension.find((one) => one.url === url)?.valueBoolean;
}

const shown = new WeakMap<StoredResource, StoredResource>();

/** With the extensions that tell whether it may be cancelled and moved, unless staff have set them. */
export function showAppointment(row: StoredResource): StoredResource {
  const known = shown.get(row);
  if (known) return known;
  const visit = row as unknown as Appointment;
  const flag = (url: string, valueBoolean: boolean): Extension[] =>
    says(visit, url) === undefined ? [{ url, valueBoolean }] : [];
  const extension = [
    ...(visit.extension ?? []),
    ...flag(CANCELABLE, Boolean(moves[visit.status]?.includes('cancelled'))),
    ...flag(RESCHEDULABLE, visit.status === 'booked'),
  ];
  const visitShown = { ...row, extension };
  shown.set(row, visitShown);
  return visitShown;
}
