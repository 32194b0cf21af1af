export const PROBE_LOOP = 'fhir.probe';
export const HINT_LOOP = 'fhir.hints';
export const SUBSCRIPTION_LOOP = 'fhir.subscriptions';
export const SYNC_LOOP = 'fhir.sync';
export const KEPT_LOOP = 'fhir.kept';
export const COPIES_LOOP = 'fhir.copies';
