import type { Meta } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import type { Random } from './random.js';

/** Every row says that it is test data (v3-ActReason HTEST), so that it can never be taken for a real record. */
const testData = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' };
/** Only staff who break the glass may open such a record. */
export const restricted = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  code: 'R',
  display: 'restricted',
};

const OLDEST_EDIT_HOURS = 30 * 24;

/** Meta of a row that staff last touched at some moment of the 30 days before `now`. */
export function testMeta(now: Date, random: Random): Meta {
  const lastUpdated = DateTime.fromJSDate(now, { zone: 'utc' }).minus({
    hours: random.integer(1, OLDEST_EDIT_HOURS),
    seconds: random.integer(0, 3599),
  });
  return { versionId: '1', lastUpdated: lastUpdated.toISO() as string, security: [testData] };
}
