import { publicId } from '../../../platform/ids/ids.js';
import type { ShownReport } from '../application/drift/drift-reports.js';
import { type DriftDay, localDay } from '../domain/drift-days.js';
import { withOffset } from '../domain/wall-clock.js';
import type { DriftDifferenceEntity } from '../infrastructure/drift.entity.js';
import type {
  DriftDayDto,
  DriftDifferenceDto,
  DriftReportDetailDto,
  DriftReportDto,
} from './drift-reports.dto.js';

export function showReport({ report, timeZone }: ShownReport): DriftReportDto {
  return {
    id: publicId('drf', report.id),
    ehr_connection: publicId('ehr', report.connectionId),
    nightly: report.night !== null,
    from: localDay(report.startsFrom, timeZone),
    until: localDay(new Date(report.startsUntil.getTime() - 1), timeZone),
    state: report.state,
    fault_code: report.faultCode,
    ehr: report.ehr,
    here: report.here,
    settling: report.settling,
    differences: report.differences,
    begun_at: withOffset(report.begunAt, timeZone),
    ended_at: report.endedAt && withOffset(report.endedAt, timeZone),
  };
}

export function showDetail(shown: ShownReport): DriftReportDetailDto {
  const days = (shown.report.days ?? []).map((day) => showDay(day));
  return { ...showReport(shown), days };
}

/** Reports from before know nothing of what was hidden and why they were incomplete. */
function showDay(row: DriftDay): DriftDayDto {
  const { day, facility, ehr, here, planned, sent, skipped, differences, hidden = {}, incomplete = [] } = row;
  const causes = incomplete.map(({ code, words }) => ({ code, words }));
  return { day, facility, ehr, here, planned, sent, skipped, differences, hidden, incomplete: causes };
}

export function showDifference(difference: DriftDifferenceEntity): DriftDifferenceDto {
  const { kind, day, facility, reference, appointmentId, here, ehr } = difference;
  const appointment = appointmentId && publicId('apt', appointmentId);
  return { kind, day, facility, reference, appointment, here, ehr };
}
