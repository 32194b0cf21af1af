import type {
  Appointment,
  CareTeam,
  Communication,
  FhirResource,
  HealthcareService,
  Location,
  Patient,
  Practitioner,
  PractitionerRole,
  RelatedPerson,
  Schedule,
  Slot,
} from 'fhir/r4.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';

/** The types whose rows are followed, in the order in which a page is handed on. */
export const FOLLOWED = ['Patient', 'RelatedPerson', 'Practitioner', 'Location', 'Appointment'] as const;
export type FollowedType = (typeof FOLLOWED)[number];

/** What a sync brings by itself; who is related to a patient is asked for patient by patient. */
export type SyncedType = Exclude<FollowedType, 'RelatedPerson'>;

export interface ResourceOf {
  Patient: Patient;
  RelatedPerson: RelatedPerson;
  Practitioner: Practitioner;
  Location: Location;
  Appointment: Appointment;
  Communication: Communication;
  CareTeam: CareTeam;
  HealthcareService: HealthcareService;
  PractitionerRole: PractitionerRole;
  Schedule: Schedule;
  Slot: Slot;
}

/** The resource that a reference names (`Slot/9` a Slot), as far as its type is one of these. */
export type ReferencedBy<Reference extends string> =
  Reference extends `${infer T extends keyof ResourceOf}/${string}` ? ResourceOf[T] : FhirResource;

/** What a search for a type finds. */
export type FoundBy<Type extends string> = Type extends keyof ResourceOf ? ResourceOf[Type] : FhirResource;

/** One resource as the EHR has it now. */
export interface FhirRow<R extends FhirResource = FhirResource> {
  /** Ours for (connection, type, FHIR id): stable for ever. A patient's is also its patient id. */
  resourceId: Uuid;
  connectionId: Uuid;
  fhirId: string;
  versionId: string | null;
  /** A reference into this EHR stands in it as `Patient/1`, whatever base and version the EHR writes; else as it came. */
  resource: R;
}

export interface GoneRow {
  resourceId: Uuid;
  fhirId: string;
}

/**
 * New or really changed rows that passed the checks, and rows that the EHR has no more. An Appointment has a
 * patient participant, and start and end with offsets in the right order; only one that is proposed, cancelled,
 * waitlisted or entered in error may come without a start (R4 app-3), and only when it was known before.
 */
export interface FhirPage<R extends FhirResource> {
  connectionId: Uuid;
  changed: FhirRow<R>[];
  gone: GoneRow[];
}

export type Sink<T extends FollowedType> = (ctx: TxContext, page: FhirPage<ResourceOf[T]>) => Promise<void>;

/** A patient record that the EHR answers for no more, because it was joined to another. */
export interface Merge {
  connectionId: Uuid;
  fhirId: string;
  intoFhirId: string;
}

export type MergeSink = (ctx: TxContext, merges: readonly Merge[]) => Promise<void>;

/** The record that stands for a merged one (`Patient/1`); null for a record that stands for itself. No network. */
export type AskSurvivor = (ctx: Context, patientId: Uuid) => Promise<string | null>;

/** What a live read found. `forbidden`: the EHR keeps it from us, for example behind break-the-glass. */
export type ReadResult<R extends FhirResource = FhirResource> =
  | { state: 'current'; row: FhirRow<R> }
  | { state: 'gone' }
  /** The EHR sends readers of this patient on to another record: `Patient/2`. It has not been read. */
  | { state: 'merged'; into: string }
  | { state: 'forbidden' }
  | { state: 'invalid'; reason: string };
