/** Parameters whose value is a patient or something of one. R4 search, Patient and the types that we ask for. */
const OF_PATIENT = new Set([
  'patient',
  'subject',
  'actor',
  'recipient',
  'sender',
  'identifier',
  'name',
  'family',
  'given',
  'birthdate',
  'phone',
  'email',
  'telecom',
  'address',
]);

/** Whether an address with these parameters would tell of a patient. */
export function namesPatient(type: string, params: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(params).map((name) => name.split(/[:.]/)[0]!);
  return names.some((name) => OF_PATIENT.has(name) || (type === 'Patient' && name === '_id'));
}
