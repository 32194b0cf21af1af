import { cancelationReason } from '../cancelation-reason.js';
import { legalMoves, moveName, statusMoves } from '../status-moves.js';
import type { Status } from '../visit-plan.js';
import type { AppointmentBook } from './appointment-book.js';

/** Every code of R4's appointment-cancellation-reason. */
const reasonCodes = (
  'pat pat-crs pat-cpp pat-dec pat-fb pat-lt pat-mt pat-mv pat-preg pat-swl pat-ucp prov prov-pers prov-dch ' +
  'prov-edu prov-hosp prov-labs prov-mri prov-onc maint meds-inc other oth-cms oth-err oth-fin oth-iv oth-int ' +
  'oth-mu oth-room oth-oerr oth-swie oth-weath'
).split(' ');

/** A visit of each status, one for each move that will be played, one cancelled for each reason. */
export function addStatusCases(book: AppointmentBook): void {
  for (const status of Object.keys(statusMoves) as Status[]) book.visit([`status/${status}`], { status });
  for (const [from, to] of legalMoves) book.visit([moveName(from, to)], { status: from });
  for (const code of reasonCodes) {
    book.visit(
      [`cancelled/${code}`],
      { status: 'cancelled' },
      { cancelationReason: cancelationReason(code) },
    );
  }
}
