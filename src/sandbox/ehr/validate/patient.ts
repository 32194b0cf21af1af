import type { ContactPoint, Patient } from 'fhir/r4.js';
import type { Issue } from '../fhir/refusal.js';
import type { Resource } from '../resource.js';
import { badValue, invalid, unless } from './issue.js';
import { isDate } from './times.js';

const genders = ['male', 'female', 'other', 'unknown'];
const systems = ['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other'];
const uses = ['home', 'work', 'temp', 'old', 'mobile'];

export function patientIssues(resource: Resource): Issue[] {
  const { gender, birthDate, telecom = [] } = resource as unknown as Patient;
  return [
    ...unless(
      gender === undefined || genders.includes(gender),
      badValue('Patient.gender', 'Not in the value set'),
    ),
    ...unless(birthDate === undefined || isDate(birthDate), badValue('Patient.birthDate', 'Not a date')),
    ...telecom.flatMap((point, n) => telecomIssues(point, `Patient.telecom[${n}]`)),
  ];
}

function telecomIssues({ system, value, use }: ContactPoint, path: string): Issue[] {
  return [
    ...unless(value === undefined || system !== undefined, invalid(path, 'cpt-2: a value needs a system')),
    ...unless(
      system === undefined || systems.includes(system),
      badValue(`${path}.system`, 'Not in the value set'),
    ),
    ...unless(use === undefined || uses.includes(use), badValue(`${path}.use`, 'Not in the value set')),
  ];
}
