import type { Appointment, AppointmentParticipant, Extension, Location, Reference } from 'fhir/r4.js';
import { normaliseText } from '../../../platform/text/text.js';
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
  /** A zone is named that nobody knows. */
  zoneUnknown: boolean;
  mode: 'in-person' | 'virtual';
  place: string | null;
  practitioner: string | null;
  /** What leads to a place: services and roles; slots where neither these nor a place are named. */
  ways: string[];
  patients: PatientPart[];
}

/** R4's tz-code and the extensions pack's timezone. */
const ZONE_URLS = new Set([
  'http://hl7.org/fhir/StructureDefinition/tz-code',
  'http://hl7.org/fhir/StructureDefinition/timezone',
]);

const WAY_TYPES = ['HealthcareService', 'PractitionerRole'];

/** R5's virtualService as an R4 extension. */
const VIRTUAL_URL = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.virtualService';

/** Reads a row that passed the checks of the fhir module. Whatever else is odd in it is left out, never thrown at. */
export function readAppointment(resource: Appointment): AppointmentRow {
  const start = instant(resource.start);
  const end = instant(resource.end);
  const participants = list<AppointmentParticipant>(resource.participant);
  return {
    status: resource.status,
    start,
    end: start && end && end >= start ? end : null,
    timeZone: zoneOf(resource._start?.extension),
    zoneUnknown: namesUnknownZone(resource._start?.extension),
    mode: list<Extension>(resource.extension).some(({ url }) => url === VIRTUAL_URL)
      ? 'virtual'
      : 'in-person',
    place: firstReference(participants, 'Location'),
    practitioner: firstReference(participants, 'Practitioner'),
    ways: waysOf(resource, participants),
    patients: patientsOf(participants),
  };
}

/** The zone of a Location, from its time-zone extension. */
export function locationZone(location: Location): string | null {
  return zoneOf(location.extension);
}

/** Whether a Location names a zone that nobody knows. */
export function hasUnknownZone(location: Location): boolean {
  return namesUnknownZone(location.extension);
}

export function locationName(location: Location): string | null {
  return plain(location.name);
}

function patientsOf(participants: AppointmentParticipant[]): PatientPart[] {
  const parts = participants.flatMap(({ actor, status }) => {
    const reference = referenceTo('Patient', actor?.reference);
    return reference ? [{ patientReference: reference, participantStatus: participantStatus(status) }] : [];
  });
  return [...new Map(parts.map((part) => [part.patientReference, part])).values()];
}

/** R4 ParticipationStatus; what is none of them has not been answered. */
function participantStatus(status: unknown): string {
  return status === 'accepted' || status === 'declined' || status === 'tentative' ? status : 'needs-action';
}

function firstReference(participants: AppointmentParticipant[], type: string): string | null {
  const found = participants.map(({ actor }) => referenceTo(type, actor?.reference));
  return found.find((reference) => reference !== null) ?? null;
}

/** A slot is one visit's own, and asking for each would cost a read a visit: only where nothing else can tell. */
function waysOf({ slot }: Appointment, participants: AppointmentParticipant[]): string[] {
  const named = participants.flatMap(({ actor }) => leading(actor?.reference));
  if (named.length > 0 || firstReference(participants, 'Location') !== null) return [...new Set(named)];
  return list<Reference>(slot).flatMap(({ reference }) => referenceTo('Slot', reference) ?? []);
}

function leading(reference: unknown): string[] {
  return WAY_TYPES.flatMap((type) => referenceTo(type, reference) ?? []);
}

/** `Patient/1`, also from `Patient/1/_history/2`; null for another type or for what is no relative reference. */
export function referenceTo(type: string, reference: unknown): string | null {
  const match = /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(
    String(reference),
  );
  return match?.[1] === type ? `${type}/${match[2]}` : null;
}

function zoneOf(extensions: unknown): string | null {
  return zonesNamed(extensions).find(isTimeZone) ?? null;
}

function namesUnknownZone(extensions: unknown): boolean {
  return zonesNamed(extensions).some((name) => !isTimeZone(name));
}

function zonesNamed(extensions: unknown): unknown[] {
  const zones = list<Extension>(extensions).filter(({ url }) => ZONE_URLS.has(url));
  return zones.map(({ valueCode }) => valueCode);
}

function instant(text: unknown): Date | null {
  const at = new Date(typeof text === 'string' ? text : NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** What should be a list of objects or texts may be anything in a row from outside. */
function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value.filter((one) => one !== null && one !== undefined) as T[]) : [];
}

function plain(text: unknown): string | null {
  return typeof text === 'string' ? normaliseText(text).trim() || null : null;
}
