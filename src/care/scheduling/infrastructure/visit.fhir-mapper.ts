import type { Appointment, AppointmentParticipant, Extension, Location, Practitioner } from 'fhir/r4.js';
import { isTimeZone } from '../domain/wall-clock.js';

/** What an Appointment says of one of its patients, before its zone is settled. */
export interface PatientPart {
  patientReference: string;
  participantStatus: string;
}

export interface AppointmentRow {
  status: string;
  /** Null for a proposed or cancelled row without times (R4 app-3). */
  start: Date | null;
  end: Date | null;
  /** The zone that stands on `start` itself, when it is one that we know. */
  timeZone: string | null;
  mode: 'in-person' | 'virtual';
  place: string | null;
  practitioner: string | null;
  patients: PatientPart[];
}

/** R4's tz-code and the extensions pack's timezone. */
const ZONE_URLS = new Set([
  'http://hl7.org/fhir/StructureDefinition/tz-code',
  'http://hl7.org/fhir/StructureDefinition/timezone',
]);

/** R5's virtualService as an R4 extension. */
const VIRTUAL_URL = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.virtualService';

export function readAppointment(resource: Appointment): AppointmentRow {
  const start = instant(resource.start);
  const end = instant(resource.end);
  return {
    status: resource.status,
    start,
    end: start && end && end >= start ? end : null,
    timeZone: zoneOf(resource._start?.extension),
    mode: resource.extension?.some(({ url }) => url === VIRTUAL_URL) ? 'virtual' : 'in-person',
    place: firstReference(resource.participant, 'Location'),
    practitioner: firstReference(resource.participant, 'Practitioner'),
    patients: patientsOf(resource.participant),
  };
}

/** The zone of a Location, from its time-zone extension. */
export function locationZone(location: Location): string | null {
  return zoneOf(location.extension);
}

/** A practitioner's name as it would be said. */
export function practitionerName(practitioner: Practitioner): string | null {
  const name = practitioner.name?.find(({ use }) => use === 'official') ?? practitioner.name?.[0];
  if (!name) return null;
  return name.text ?? ([...(name.prefix ?? []), ...(name.given ?? []), name.family ?? ''].join(' ').trim() || null);
}

function patientsOf(participants: AppointmentParticipant[]): PatientPart[] {
  const parts = participants.flatMap(({ actor, status }) => {
    const reference = referenceTo('Patient', actor?.reference);
    return reference ? [{ patientReference: reference, participantStatus: status }] : [];
  });
  return [...new Map(parts.map((part) => [part.patientReference, part])).values()];
}

function firstReference(participants: AppointmentParticipant[], type: string): string | null {
  const found = participants.map(({ actor }) => referenceTo(type, actor?.reference));
  return found.find((reference) => reference !== null) ?? null;
}

/** `Patient/1`; null for another type or for what is no plain reference. */
function referenceTo(type: string, reference: string | undefined): string | null {
  const id = /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(reference ?? '');
  return id?.[1] === type ? `${type}/${id[2]}` : null;
}

function zoneOf(extensions: Extension[] | undefined): string | null {
  const zones = extensions?.filter(({ url }) => ZONE_URLS.has(url)).map(({ valueCode }) => valueCode);
  return zones?.find(isTimeZone) ?? null;
}

function instant(text: string | undefined): Date | null {
  const at = new Date(text ?? NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}
