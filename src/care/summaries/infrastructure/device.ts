import type { Reference } from 'fhir/r4.js';

/** Ourselves. EHRs have no Device resource of ours, so it is a logical reference. */
export const DEVICE: Reference = {
  type: 'Device',
  identifier: { system: 'urn:carethread:device', value: 'carethread' },
  display: 'CareThread',
};
