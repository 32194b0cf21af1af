import type { Facts } from './capabilities.js';
import type { Profile } from './connection.js';

/**
 * What vendors document and their statements do not say, or say too kindly. What an installed system does can be
 * narrower: the live test and the hospital's settings come after.
 */
export const VENDORS: Record<Profile, Partial<Facts>> = {
  auto: {},
  open: {},
  hapi: {},
  epic: {
    // Epic R4 CapabilityStatement, May 2026: Appointment has read and search only, and no _lastUpdated.
    syncStrategy: 'window-scan',
    appointmentWrite: 'L0',
    // The same: conditionalCreate false; Communication has create, read, search and no update.
    conditionalCreate: false,
    // The same: Communication's identifier stands there without text, which since May 2024 means a filter afterwards.
    communicationSearch: 'patient',
    communicationChange: 'none',
  },
  oracle: {
    // Oracle Health Millennium Platform API, Appointment: no _lastUpdated; a search names one of patient, practitioner
    // and location and a closed range of days.
    syncStrategy: 'window-scan',
    scanBy: 'location',
    // The same, Appointment patch: /status, /slot, /reasonCode, /cancelationReason; participant.status is not listed.
    appointmentWrite: 'L1',
    reschedule: 'slot',
    booking: 'slot',
    // The same, Communication search: category, recipient and received, or _id.
    communicationSearch: 'recipient',
    // fhir.cerner.com, Communication patch: the extension with the status of the mail alone, so nothing is withdrawn.
    communicationChange: 'none',
    // Oracle Health, conventions: no idempotency contract.
    conditionalCreate: false,
    // The same, Communication create: one payload of text/plain or application/xhtml+xml.
    summaryCarrier: 'C',
  },
  athena: {
    // athenahealth FHIR CapabilityStatement, 2022: Appointment search takes ids and practice alone; no write, and no
    // Communication. Changes come by its Subscriptions API.
    syncStrategy: 'notify-then-read',
    scanBy: 'known',
    appointmentWrite: 'L0',
    conditionalCreate: false,
    summaryCarrier: 'F',
  },
  healthlake: {
    // AWS HealthLake developer guide, idempotency: a header of its own instead of If-None-Exist.
    conditionalCreate: false,
    idempotencyHeader: 'x-amz-fhir-idempotency-key',
  },
};
