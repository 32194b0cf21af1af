import type { Rows } from './rows.js';

/** Oracle's column, and what the reference says of its Appointment below the table. */
export const oracleRows: Rows = {
  'Appointment interactions': 'read, search, create, patch',
  'Appointment search params':
    '_id; one of patient / practitioner / location plus a closed date range; status; not combinable, not repeatable',
  '_lastUpdated on Appointment': 'no',
  '_lastUpdated on Patient': 'no',
  'Unknown search param': '400',
  'Date prefixes': 'ge+lt (statement text says gt+le) pair, closed range',
  _include: 'Slot, Consent only',
  Paging: 'opaque next; same id may repeat on later pages, keep the latest',
  _count: 'ignored with `_id`; Slot 5–200, default 50',
  'If-None-Exist': 'no',
  'If-Match': 'required; missing = 412, stale = 409, busy = 423, dependent failure = 424',
  PATCH: 'JSON Patch, listed paths only',
  'batch / transaction': 'batch only',
  Communication:
    'create (restricted), patch, read; search needs category + recipient + received + -email-status, or _id',
  'Other write targets':
    'DocumentReference create (pdf, plain, rtf, html, xml, xhtml), Observation create/update, Provenance create',
  'Consent / AuditEvent / Subscription': 'read / none / none',
  'Slot / Schedule': 'Slot search (service-type + closed start range), patch; Schedule read by id',
  'Throttling signal': 'none documented',
  'Merged patient': 'Patient.link replaced-by with the new id on the old record',
  'Appointment status moves':
    'proposed→booked|cancelled; booked→arrived|checked-in|cancelled; arrived→checked-in|cancelled; ' +
    'checked-in→fulfilled|cancelled',
  'Appointment patch paths':
    '`/status`, `/slot` (add with status booked; replace alone = reschedule), `/reasonCode`, `/cancelationReason` ' +
    '(only together with status cancelled, coding required), video-visit links; participant.status is not patchable',
  'Appointment create':
    'either `proposed` with serviceType + Patient + Location + requestedPeriod, or `booked` with exactly one slot and ' +
    'one Patient (`accepted`)',
  modifierExtension: 'modifierExtension on write is rejected with 422',
  'Non-JSON Accept': 'Non-JSON Accept gives 406 with an empty body',
  'Wrong tenant': 'Modified wrong tenant = 403, not 404',
};
