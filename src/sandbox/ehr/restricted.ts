import type { Appointment } from 'fhir/r4.js';
import type { Hospital } from './hospital.js';
import type { StoredResource } from './resource.js';
import { localReference } from './search/parameter-kinds.js';

/** Whether only those who break the glass may see the row: a patient marked R, or a visit of one. */
export function isRestricted(hospital: Hospital, row: StoredResource): boolean {
  if (row.resourceType === 'Patient') return isMarked(row);
  if (row.resourceType !== 'Appointment') return false;
  const { participant } = row as unknown as Appointment;
  return (participant ?? []).some(({ actor }) => {
    if (!actor?.reference?.includes('Patient/')) return false;
    const [, id = ''] = localReference(actor.reference).split('/');
    const patient = hospital.stores.Patient.get(id);
    return patient !== undefined && isMarked(patient);
  });
}

const isMarked = ({ meta }: StoredResource): boolean =>
  meta.security?.some(({ code }) => code === 'R') ?? false;
