export const PROBE_LOOP = 'fhir.probe';
export const SYNC_LOOP = 'fhir.sync';
export const COPIES_LOOP = 'fhir.copies';
