import type { Appointment } from 'fhir/r4.js';

const system = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';

export const cancelationReason = (code: string): Appointment['cancelationReason'] => ({
  coding: [{ system, code }],
});
