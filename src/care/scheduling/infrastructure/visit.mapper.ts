import type { PlannedVisit } from '../domain/step-plan.policy.js';
import { classOf, type VisitFacts } from '../domain/visit.policy.js';
import type { AppointmentEntity } from './appointment.entity.js';

export type FactColumns = Pick<
  AppointmentEntity,
  | 'present'
  | 'status'
  | 'participantStatus'
  | 'visitClass'
  | 'startsAt'
  | 'endsAt'
  | 'timeZone'
  | 'zoneFrom'
  | 'mode'
  | 'placeReference'
  | 'practitionerReference'
  | 'groupVisit'
  | 'versionId'
>;

/** A stored visit as the rules see it. */
export function visitOf(row: AppointmentEntity): PlannedVisit {
  return {
    present: row.present,
    status: row.status,
    participantStatus: row.participantStatus,
    start: row.startsAt,
    end: row.endsAt,
    timeZone: row.timeZone,
    zoneFrom: row.zoneFrom,
    mode: row.mode,
    place: row.placeReference,
    practitioner: row.practitionerReference,
    groupVisit: row.groupVisit,
    versionId: row.versionId,
    visitVersion: row.visitVersion,
    cancelAsked: row.cancelAskedVersion === row.visitVersion,
  };
}

/** The columns that hold a visit's facts. */
export function columnsOf(facts: VisitFacts): FactColumns {
  return {
    present: facts.present,
    status: facts.status,
    participantStatus: facts.participantStatus,
    visitClass: classOf(facts),
    startsAt: facts.start,
    endsAt: facts.end,
    timeZone: facts.timeZone,
    zoneFrom: facts.zoneFrom,
    mode: facts.mode,
    placeReference: facts.place,
    practitionerReference: facts.practitioner,
    groupVisit: facts.groupVisit,
    versionId: facts.versionId,
  };
}
