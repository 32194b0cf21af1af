import type { DriftView } from '../../../care/scheduling/index.js';
import { publicId } from '../../../platform/ids/ids.js';
import { table } from '../table.js';

export type DriftDocument = ReturnType<typeof driftDocument>;

/** One EHR's report as a script reads it. */
export function driftDocument({ report, differences }: DriftView) {
  return {
    report: publicId('drf', report.id),
    state: report.state,
    ehr: report.ehr,
    here: report.here,
    settling: report.settling,
    days: report.days ?? [],
    differences: differences.map(({ kind, day, facility, reference, appointmentId, here, ehr }) => ({
      kind,
      day,
      facility,
      reference,
      appointment: appointmentId && publicId('apt', appointmentId),
      here,
      ehr,
    })),
  };
}

/** The days, and below them what differs. */
export function driftLines({ state, settling, days, differences }: DriftDocument): string[] {
  const rows = days.map(
    ({ day, facility, ehr, here, planned, sent, skipped, differences: differing, hidden }) => [
      day,
      facility ?? '-',
      ...[ehr, here, planned, sent].map(String),
      counts(skipped),
      counts(differing),
      counts(hidden),
    ],
  );
  const heads = ['DAY', 'FACILITY', 'EHR', 'HERE', 'PLANNED', 'SENT', 'SKIPPED', 'DIFFERENT', 'HIDDEN'];
  return [
    ...table(heads, rows),
    ...(state === 'incomplete' ? ['', 'The EHR did not show everything:', ...incompleteTable(days)] : []),
    ...(settling > 0 ? [`${settling} changed a moment ago, and are on their way.`] : []),
    ...(differences.length > 0 ? ['', ...differenceTable(differences)] : []),
  ];
}

function incompleteTable(days: DriftDocument['days']): string[] {
  const rows = days.flatMap(({ day, facility, incomplete }) =>
    incomplete.map(({ words }) => [day, facility ?? '-', words]),
  );
  return table(['DAY', 'FACILITY', 'WHY'], rows);
}

function differenceTable(differences: DriftDocument['differences']): string[] {
  const rows = differences.map(({ kind, day, facility, reference, here, ehr }) => [
    kind,
    day,
    facility ?? '-',
    reference,
    here ?? '-',
    ehr ?? '-',
  ]);
  return table(['DIFFERENCE', 'DAY', 'FACILITY', 'VISIT', 'HERE', 'EHR'], rows);
}

function counts(of: Record<string, number>): string {
  const parts = Object.entries(of).map(([name, count]) => `${name} ${count}`);
  return parts.length > 0 ? parts.join(', ') : '-';
}
