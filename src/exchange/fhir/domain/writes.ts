import type {
  Communication,
  DocumentReference,
  Observation,
  Provenance,
  QuestionnaireResponse,
} from 'fhir/r4.js';
import type { Uuid } from '../../../platform/ids/ids.js';

export type AppointmentChange =
  /** The patient's own answer. */
  | { participantStatus: 'accepted' | 'declined'; patient: string }
  | { status: 'cancelled'; reason: 'pat' }
  /** Moved to a Slot of this EHR (`Slot/9`), or, where the whole visit may be sent, to other times (RFC 3339). */
  | { moveTo: { slot: string } | { start: string; end: string } };

export interface AppointmentWrite {
  connectionId: Uuid;
  fhirId: string;
  change: AppointmentChange;
  /** What the patient was told. When the EHR's visit starts at another instant: refused, code `moved`. */
  expect?: { start?: string };
}

/** What an EHR holds otherwise than it was asked to, although it said yes. */
export type Difference = 'status' | 'participant-status' | 'start' | 'slot' | 'reason';

/**
 * `written`: read back and seen; `notReleased` names the Slot of before when this EHR did not let us set it free.
 * `unsupported`: this EHR takes no such change (level L0). `not-taken`: the EHR said yes and did something else.
 * `refused`: `moved`, `gone`, `forbidden`, `no-participant`, `invalid`, `version-conflict`, `no-version`, `not-cancelable`,
 * `not-reschedulable`, `group-visit`, `slot-taken`, `no-slot`, `status-<status>` when the visit is past that change, or
 * `http-<status>`.
 */
export type AppointmentWriteResult =
  | { outcome: 'written'; versionId: string | null; notReleased?: string }
  | { outcome: 'unsupported' }
  | { outcome: 'not-taken'; differs: Difference[] }
  | { outcome: 'refused'; code: string };

/** A new visit of one patient in one free Slot. */
export interface AppointmentBooking {
  connectionId: Uuid;
  /** Stable for ever: what makes a second try find the first. */
  identifier: { system: string; value: string };
  /** `Slot/9` */
  slot: string;
  /** `Patient/1` */
  patient: string;
  /** What the patient was told (RFC 3339). When the Slot starts at another instant: refused, code `moved`. */
  start: string;
}

/**
 * `booked`: the visit was read back as it should be, and its Slot is no longer offered. `not-taken`: there is a visit, and
 * it is another than the one asked for. `refused`: `slot-taken`, `moved`, `forbidden`, `no-version` or
 * `http-<status>`.
 */
export type AppointmentBookingResult =
  | { outcome: 'booked'; fhirId: string; versionId: string | null; how: 'created' | 'existing' }
  | { outcome: 'unsupported' }
  | { outcome: 'not-taken'; fhirId: string; differs: Difference[] }
  | { outcome: 'refused'; code: string };

/** Which free Slots are wanted. `service` is a token (`system|code`). */
export interface SlotQuery {
  service?: string;
  /** `Practitioner/1` */
  practitioner?: string;
  /** `Location/1` */
  location?: string;
  from: Date;
  until: Date;
  /** 1 to 200. */
  limit: number;
}

export interface FreeSlot {
  /** `Slot/9` */
  reference: string;
  start: Date;
  end: Date;
  /** IANA, where the Slot itself names one that may be known; unchecked. */
  timeZone: string | null;
  /** `Practitioner/1` and `Location/1` of its Schedule, when the EHR tells them. */
  practitioner: string | null;
  location: string | null;
}

export interface BusinessIdentifier {
  system: string;
  value: string;
}

/** What we create in an EHR beside visits. */
export type WrittenResource =
  Communication | DocumentReference | Observation | Provenance | QuestionnaireResponse;
export type WrittenType = WrittenResource['resourceType'];

export interface ResourceWrite<R extends WrittenResource = WrittenResource> {
  connectionId: Uuid;
  /**
   * Stable for ever: what makes a second try find the first. The resource carries it; a Provenance, which has no
   * identifier in R4, in the `what` of an entity.
   */
  identifier: BusinessIdentifier;
  resource: R;
}
export type CommunicationWrite = ResourceWrite<Communication>;

export interface ResourceWritten {
  fhirId: string;
  versionId: string | null;
  how: 'created' | 'existing';
}

export interface Retraction {
  connectionId: Uuid;
  identifier: BusinessIdentifier;
  /** What it says is to go too, as far as the EHR lets go of it, and whose it was is forgotten here. */
  erase?: boolean;
}

/**
 * `retracted`: every copy is entered-in-error, read back. `content-left`: that, and the EHR did not let go of what it
 * says. `absent`: the EHR never got one, and gets none any more. `unsupported`: it has one, or may have, and takes no such
 * change.
 */
export type RetractionResult = 'retracted' | 'content-left' | 'absent' | 'unsupported';
