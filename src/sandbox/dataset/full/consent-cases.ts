import type { Consent, ConsentProvision, Patient } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import type { Ward } from './ward.js';

type Decision = 'permit' | 'deny';

interface More {
  status?: Consent['status'];
  daysAgo?: number;
  provision?: Partial<ConsentProvision>;
  performer?: string;
}

/** The EHR's own record of what patients agreed to. */
export function addConsentCases(ward: Ward): void {
  const day = dayOf(ward);
  addDecision(ward, ward.patient({}, 'consent/in'), { type: 'permit', name: 'consent/in' });
  addDecision(ward, ward.patient({}, 'consent/out'), { type: 'deny', name: 'consent/out' });

  const wavering = ward.patient({}, 'consent/out-then-in');
  const before: More = { status: 'inactive', daysAgo: 90 };
  addDecision(ward, wavering, { type: 'deny', name: 'consent/out-then-in', ...before });
  addDecision(ward, wavering, { type: 'permit', name: 'consent/out-then-in' });

  const choosy = ward.patient({}, 'consent/per-purpose');
  addDecision(ward, choosy, {
    type: 'permit',
    name: 'consent/per-purpose',
    provision: { purpose: [reminders] },
  });
  addDecision(ward, choosy, {
    type: 'deny',
    name: 'consent/per-purpose',
    provision: { purpose: [education] },
  });

  const past = { start: day(-400), end: day(-35) };
  addDecision(ward, ward.patient({}, 'consent/expired'), {
    type: 'permit',
    name: 'consent/expired',
    daysAgo: 400,
    provision: { period: past },
  });

  const child = ward.example('minor/adolescent');
  const guardian = ward.relatedPersons.find(({ patient }) => patient.reference === `Patient/${child.id}`);
  ward.note(child, 'consent/by-guardian');
  addDecision(ward, child, {
    type: 'permit',
    name: 'consent/by-guardian',
    performer: `RelatedPerson/${guardian?.id}`,
  });

  addDecision(ward, ward.patient({}, 'consent/ehr-says-no'), { type: 'deny', name: 'consent/ehr-says-no' });
}

const purposes = 'https://carethread.example/CodeSystem/purpose';
const reminders = { system: purposes, code: 'reminders' };
const education = { system: purposes, code: 'education' };

interface Recorded extends More {
  type: Decision;
  name: string;
}

/** A Consent of the patient, an example of `name`. */
export function addDecision(
  ward: Ward,
  patient: Patient,
  { type, name, status = 'active', daysAgo = 20, provision, performer }: Recorded,
): void {
  const whose = { reference: `Patient/${patient.id}` };
  ward.consent(
    {
      status,
      scope: coded('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
      category: [coded('http://loinc.org', '59284-0')],
      patient: whose,
      dateTime: dayOf(ward)(-daysAgo),
      performer: [performer ? { reference: performer } : whose],
      policyRule: coded(
        'http://terminology.hl7.org/CodeSystem/v3-ActCode',
        type === 'permit' ? 'OPTIN' : 'OPTOUT',
      ),
      provision: { type, ...provision },
    },
    name,
  );
}

const coded = (system: string, code: string) => ({ coding: [{ system, code }] });

function dayOf({ making: { now, plan } }: Ward): (days: number) => string {
  const today = DateTime.fromJSDate(now, { zone: plan.timeZone });
  return (days) => today.plus({ days }).toISODate() as string;
}
