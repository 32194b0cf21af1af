import type { Appointment } from 'fhir/r4.js';

/** What years of interfaces and hand edits leave in a store; each takes a sound visit and spoils it in one way. */
const faults: ((visit: Appointment) => Appointment)[] = [
  ({ start: _start, end: _end, ...rest }) => rest,
  (visit) => ({ ...visit, start: withoutOffset(visit.start), end: withoutOffset(visit.end) }),
  (visit) => ({ ...visit, start: visit.end, end: visit.start }),
  (visit) => ({
    ...visit,
    participant: visit.participant.filter(({ actor }) => !actor?.reference?.startsWith('Patient/')),
  }),
  (visit) => ({ ...visit, status: 'rescheduled' as Appointment['status'] }),
];

/** How many rows `spoil` makes. */
export const BROKEN_ROWS = faults.length;

export function spoil(visits: Appointment[], firstId: number): Appointment[] {
  return faults.map((fault, n) => {
    const visit = structuredClone(visits[n * 3]);
    if (!visit) throw new Error('too few booked visits to spoil');
    const identifier = [{ ...visit.identifier?.[0], value: `V-legacy-${firstId + n}` }];
    return fault({ ...visit, identifier, id: String(firstId + n) });
  });
}

const withoutOffset = (time: string | undefined): string | undefined =>
  time?.slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
