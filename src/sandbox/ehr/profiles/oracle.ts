import type { Appointment, Communication } from 'fhir/r4.js';
import type { Issue } from '../fhir/refusal.js';
import type { Resource, ResourceType } from '../resource.js';
import { invalid, unless } from '../validate/issue.js';
import { type Interaction, open, perType, type Profile, readOnly } from './profile.js';

type Status = Appointment['status'];

const interactions: Partial<Record<ResourceType, Interaction[]>> = {
  Appointment: [...readOnly, 'create', 'patch'],
  Communication: [...readOnly, 'create', 'patch'],
};

const searchParams: Partial<Record<ResourceType, string[]>> = {
  Appointment: ['_id', 'date', 'location', 'patient', 'practitioner', 'status'],
  Communication: ['_id', 'category', 'received', 'recipient'],
  Patient: ['_id', 'birthdate', 'identifier'],
};

/** Oracle Health Millennium: narrow searches, If-Match without exception, few paths, few moves, no idempotency. */
export const oracle: Profile = {
  ...open,
  types: perType((type) => ({
    interactions: interactions[type] ?? readOnly,
    searchParams: searchParams[type] ?? ['_id', 'identifier'],
    conditionalCreate: false,
  })),
  search: { ...open.search, defaultCount: 50, repeatedRows: 1, includes: false, refusal: searchRefusal },
  writes: {
    ifMatchRequired: true,
    staleStatus: 409,
    patchPaths: {
      Appointment: ['/status', '/slot', '/reasonCode', '/cancelationReason'],
      Communication: ['/status'],
    },
    issues: writeIssues,
  },
  silentNotAcceptable: true,
};

function searchRefusal(type: ResourceType, params: URLSearchParams): string | undefined {
  if (params.has('_id')) return undefined;
  if (type === 'Communication') return messageSearchRefusal(params);
  return type === 'Appointment' ? visitSearchRefusal(params) : undefined;
}

function messageSearchRefusal(params: URLSearchParams): string | undefined {
  const complete = ['category', 'recipient', 'received'].every((name) => params.has(name));
  return complete ? undefined : 'Search by _id, or by category, recipient and received';
}

/** One of three actors, and a closed range of time. */
function visitSearchRefusal(params: URLSearchParams): string | undefined {
  const actors = ['patient', 'practitioner', 'location'].flatMap((name) => params.getAll(name));
  if (actors.length !== 1 || actors[0]?.includes(',')) {
    return 'Search by _id or by exactly one of patient, practitioner and location';
  }
  const bounds = params.getAll('date').map((date) => date.slice(0, 2));
  const closed = bounds.length === 2 && bounds.includes('ge') && bounds.includes('lt');
  return closed ? undefined : 'The range of date must be closed: one ge and one lt';
}

const moves: Partial<Record<Status, Status[]>> = {
  proposed: ['booked', 'cancelled'],
  booked: ['arrived', 'checked-in', 'cancelled'],
  arrived: ['checked-in', 'cancelled'],
  'checked-in': ['fulfilled', 'cancelled'],
};

function writeIssues(after: Resource, before?: Resource): Issue[] {
  const modified = invalid(after.resourceType, 'modifierExtension is not taken');
  return [
    ...unless(!('modifierExtension' in after), modified),
    ...(after.resourceType === 'Communication' ? messageIssues(after as unknown as Communication) : []),
    ...(after.resourceType === 'Appointment' && before ? moveIssues(after, before) : []),
  ];
}

function moveIssues({ status, cancelationReason }: Resource, { status: from }: Resource): Issue[] {
  const known = status === from || moves[from as Status]?.includes(status as Status);
  return [
    ...unless(Boolean(known), invalid('Appointment.status', `A ${String(from)} visit cannot become this`)),
    ...unless(
      !cancelationReason || status === 'cancelled',
      invalid('Appointment.cancelationReason', 'Only together with the status cancelled'),
    ),
  ];
}

const plain = ['text/plain', 'application/xhtml+xml'];

/** A Communication is a message of the Message Center: one text, from a Practitioner to Practitioners or Groups. */
function messageIssues({ payload = [], sender, recipient = [], category = [] }: Communication): Issue[] {
  const [part] = payload;
  const refersTo = (reference: string | undefined, types: string[]): boolean =>
    types.some((type) => reference?.includes(`${type}/`));
  return [
    ...unless(
      payload.length === 1 && plain.includes(part?.contentAttachment?.contentType ?? ''),
      invalid('Communication.payload', 'Exactly one attachment of text/plain or application/xhtml+xml'),
    ),
    ...unless(category.length === 1, invalid('Communication.category', 'Exactly one category')),
    ...unless(
      refersTo(sender?.reference, ['Practitioner']),
      invalid('Communication.sender', 'The sender is a Practitioner'),
    ),
    ...unless(
      recipient.length > 0 &&
        recipient.every(({ reference }) => refersTo(reference, ['Practitioner', 'Group'])),
      invalid('Communication.recipient', 'Recipients are Practitioners or Groups'),
    ),
  ];
}
