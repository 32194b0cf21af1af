import type {
  Appointment,
  CareTeam,
  Consent,
  HealthcareService,
  Location,
  Patient,
  Practitioner,
  PractitionerRole,
  RelatedPerson,
  Schedule,
  Slot,
} from 'fhir/r4.js';
import type { EhrEvent } from './events/event.js';

/** One invented hospital. Only the full set fills what follows `dirtyAppointments`, events, slots and teams aside. */
export interface HospitalData {
  slug: string;
  name: string;
  /** IANA zone. */
  timeZone: string;
  /** BCP 47, the hospital's first choice first. */
  languages: string[];
  /** ISO 3166-1 alpha-2. */
  country: string;
  patients: Patient[];
  practitioners: Practitioner[];
  locations: Location[];
  appointments: Appointment[];
  /** Ids of the appointments that are broken on purpose. */
  dirtyAppointments: string[];
  relatedPersons: RelatedPerson[];
  practitionerRoles: PractitionerRole[];
  healthcareServices: HealthcareService[];
  consents: Consent[];
  schedules: Schedule[];
  slots: Slot[];
  careTeams: CareTeam[];
  /** References of rows that were deleted before the run: they answer 410. */
  deleted: string[];
  /** What a row is an example of, by name such as `telecom/extension`: references of the rows. */
  cases: Record<string, string[]>;
  /** Telephone entries that nobody may be sent anything to, as they are written. */
  spoiledNumbers: string[];
  /** WhatsApp's own id where it is not the number (E.164): both name the same phone. */
  whatsappIds: Record<string, string>;
  /** What can happen while the hospital runs. */
  events: EhrEvent[];
}

/** The lists of one hospital that hold resources. */
export function resourcesOf(data: HospitalData) {
  return [
    ...data.patients,
    ...data.practitioners,
    ...data.locations,
    ...data.appointments,
    ...data.relatedPersons,
    ...data.practitionerRoles,
    ...data.healthcareServices,
    ...data.consents,
    ...data.schedules,
    ...data.slots,
    ...data.careTeams,
  ];
}

/** What only the full set holds. */
export function nothingSpecial(): Pick<
  HospitalData,
  | 'relatedPersons'
  | 'practitionerRoles'
  | 'healthcareServices'
  | 'consents'
  | 'schedules'
  | 'slots'
  | 'careTeams'
  | 'deleted'
  | 'cases'
  | 'spoiledNumbers'
  | 'whatsappIds'
> {
  return {
    ...{ relatedPersons: [], practitionerRoles: [], healthcareServices: [], consents: [] },
    ...{ schedules: [], slots: [], careTeams: [] },
    ...{ deleted: [], cases: {}, spoiledNumbers: [], whatsappIds: {} },
  };
}
