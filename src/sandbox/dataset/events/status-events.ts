import type { Appointment } from 'fhir/r4.js';
import { cancelationReason } from '../cancelation-reason.js';
import { legalMoves, moveName } from '../status-moves.js';
import type { EhrEvent, EventStep, Json } from './event.js';
import type { Scene } from './scene.js';

/** Each move that R4's life of an Appointment allows, on a visit kept for it. */
export function statusEvents({ data }: Scene): EhrEvent[] {
  const rows = new Map(data.appointments.map((visit) => [`Appointment/${visit.id}`, visit]));
  const steps = legalMoves.flatMap(([from, to]): EventStep[] =>
    (data.cases[moveName(from, to)] ?? []).map((reference) => ({
      patch: reference,
      change: { ...timesOf(rows.get(reference) as Appointment), ...outcome(to) },
    })),
  );
  return [{ name: 'status-moves', does: 'visits make every move that a status may make', steps }];
}

const outcome = (status: Appointment['status']): Json => ({
  status,
  // app-4: only a cancelled or missed visit has one.
  cancelationReason: status === 'cancelled' ? cancelationReason('pat') : null,
});

/** A proposed visit gets the times that were asked for. */
const timesOf = ({ requestedPeriod }: Appointment): Json => ({ ...requestedPeriod?.[0] });
