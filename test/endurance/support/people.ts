import type { Appointment, Patient } from 'fhir/r4.js';

/** Area codes of North America whose numbers 555-0100 to 555-0199 are kept for fiction: 100 people each. */
const AREAS = (
  '201 202 203 206 212 213 214 215 267 303 305 310 312 332 339 347 401 404 408 413 415 475 503 508 510 512 516 ' +
  '530 551 559 602 609 617 619 631 646 650 661 702 707 713 714 718 732 760 781 805 818 845 848 857 858 860 862'
).split(' ');

/** The n-th made-up patient, with a telephone of its own. At most 5,400. */
export function madeUpPatient(n: number): Patient {
  const area = AREAS[Math.floor(n / 100)];
  if (!area) throw new RangeError('the numbers kept for fiction are used up');
  return {
    resourceType: 'Patient',
    id: `endurance-${n}`,
    active: true,
    name: [{ family: 'Endurance', given: [`Number ${n}`] }],
    birthDate: '1970-01-01',
    telecom: [{ system: 'phone', use: 'mobile', value: `+1${area}55501${String(n % 100).padStart(2, '0')}` }],
  };
}

/** The n-th visit, in a day and some minutes: a reminder of the day before is due in so many. */
export function makeUpVisit(patient: string, n: number, minutes = 5 + n): Appointment {
  const start = Date.now() + 24 * 3_600_000 + minutes * 60_000;
  return {
    resourceType: 'Appointment',
    id: `endurance-${n}`,
    status: 'booked',
    start: new Date(start).toISOString(),
    end: new Date(start + 1_800_000).toISOString(),
    participant: [{ actor: { reference: patient }, status: 'needs-action' }],
  };
}
