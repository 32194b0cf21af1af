import type { Patient } from 'fhir/r4.js';
import { quoting } from '../profiles/rows.js';
import { localReference } from '../search/parameter-kinds.js';
import { operationOutcome, Refusal } from './refusal.js';
import type { Answer, FhirRequest } from './request.js';

/** 403: only who breaks the glass may see this record. */
export function forbidden({ hospital, type, id }: FhirRequest): Refusal {
  const diagnostics = quoting(hospital.profile, 'Restricted record', `${type}/${id} is restricted`);
  return new Refusal(403, { code: 'forbidden', diagnostics, vendorCode: hospital.profile.codes.restricted });
}

/** Where a merged patient is read, at a server that sends its clients on. */
export function mergedInto({ hospital, type, id, base }: FhirRequest): Answer | undefined {
  if (type !== 'Patient' || hospital.profile.mergedPatients === 'link') return undefined;
  const { link = [] } = (hospital.stores.Patient.get(id) ?? {}) as unknown as Patient;
  const survivor = link.find((one) => one.type === 'replaced-by')?.other.reference;
  if (!survivor) return undefined;
  const why = `Patient/${id} was merged into another record`;
  const diagnostics = quoting(hospital.profile, 'Merged patient', why);
  const issue = { code: 'informational', diagnostics, vendorCode: hospital.profile.codes.merged } as const;
  return {
    status: 301,
    headers: { Location: `${base}/${localReference(survivor)}` },
    body: operationOutcome([issue], 'information'),
  };
}
