import type { Appointment, AppointmentParticipant } from 'fhir/r4.js';
import { statusMoves } from '../../dataset/status-moves.js';
import type { Issue } from '../fhir/refusal.js';
import type { Resource } from '../resource.js';
import { badValue, invalid, missing, unless } from './issue.js';
import { unknownElementIssues } from './shape.js';
import { instantIssues, isInstant } from './times.js';

type Status = Appointment['status'];

const elements =
  'cancelationReason serviceCategory serviceType specialty appointmentType reasonCode reasonReference priority ' +
  'description supportingInformation start end minutesDuration slot created comment patientInstruction basedOn ' +
  'participant requestedPeriod';
const participantStatuses = ['accepted', 'declined', 'tentative', 'needs-action'];
const withoutTimes: Status[] = ['proposed', 'cancelled', 'waitlist'];
const withReason: Status[] = ['cancelled', 'noshow'];

/** R4 Appointment with its invariants app-1 to app-4, the end after the start, and the moves a status may make. */
export function appointmentIssues(resource: Resource, before?: Resource): Issue[] {
  const visit = resource as unknown as Appointment;
  return [
    ...unknownElementIssues(resource, elements),
    ...statusIssues(visit.status, before?.status as Status | undefined),
    ...timeIssues(visit),
    ...participantIssues(visit.participant),
    ...unless(
      !visit.cancelationReason || withReason.includes(visit.status),
      invalid(
        'Appointment.cancelationReason',
        'app-4: only a cancelled or missed visit has a cancelation reason',
      ),
    ),
  ];
}

function statusIssues(status: Status | undefined, before: Status | undefined): Issue[] {
  if (status === undefined) return [missing('Appointment.status')];
  if (!Object.hasOwn(statusMoves, status))
    return [badValue('Appointment.status', 'Appointment.status is not in its value set')];
  const from = before !== undefined && Object.hasOwn(statusMoves, before) ? statusMoves[before] : undefined;
  if (!from || status === before || status === 'entered-in-error' || from.includes(status)) return [];
  return [
    {
      code: 'business-rule',
      expression: 'Appointment.status',
      diagnostics: `A ${before} visit cannot become ${status}`,
    },
  ];
}

function timeIssues({ start, end, status }: Appointment): Issue[] {
  const bothInstants = isInstant(start) && isInstant(end);
  return [
    ...instantIssues(start, 'Appointment.start'),
    ...instantIssues(end, 'Appointment.end'),
    ...unless(
      (start === undefined) === (end === undefined),
      invalid('Appointment', 'app-2: start and end are given together or not at all'),
    ),
    ...unless(
      start !== undefined || withoutTimes.includes(status),
      invalid('Appointment.start', 'app-3: only a proposed or cancelled visit may lack its times'),
    ),
    ...unless(
      !bothInstants || Date.parse(end) > Date.parse(start),
      invalid('Appointment.end', 'The visit must end after it starts'),
    ),
  ];
}

function participantIssues(participants: AppointmentParticipant[] | undefined): Issue[] {
  if (!Array.isArray(participants)) return [missing('Appointment.participant')];
  return participants.flatMap((participant, n) => {
    const path = `Appointment.participant[${n}]`;
    const { type, actor, status } = participant ?? {};
    return [
      ...unless(Boolean(type ?? actor), invalid(path, 'app-1: a participant has a type or an actor')),
      ...(status === undefined
        ? [missing(`${path}.status`)]
        : unless(participantStatuses.includes(status), badValue(`${path}.status`, 'Not in the value set'))),
    ];
  });
}
