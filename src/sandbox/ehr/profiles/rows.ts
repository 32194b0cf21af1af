/** The rows of the reference's table of vendors (fhir-connector, section 2), and of what it says of Oracle below it. */
export type RowName =
  | 'Appointment interactions'
  | 'Appointment search params'
  | '_lastUpdated on Appointment'
  | '_lastUpdated on Patient'
  | 'Unknown search param'
  | 'Date prefixes'
  | '_include'
  | 'Paging'
  | '_count'
  | 'POST _search'
  | 'If-None-Exist'
  | 'If-Match'
  | 'PATCH'
  | 'batch / transaction'
  | 'Communication'
  | 'Other write targets'
  | 'Consent / AuditEvent / Subscription'
  | 'Slot / Schedule'
  | 'Throttling signal'
  | 'Read-after-write in search'
  | 'Merged patient'
  | 'Appointment status moves'
  | 'Appointment patch paths'
  | 'Appointment create'
  | 'Restricted record'
  | 'modifierExtension'
  | 'Non-JSON Accept'
  | 'Wrong tenant';

/** A vendor's column: the cell of each row, in the table's words. */
export type Rows = Partial<Record<RowName, string>>;

const rowsOfTypes: Record<string, RowName> = {
  Appointment: 'Appointment interactions',
  Communication: 'Communication',
  Consent: 'Consent / AuditEvent / Subscription',
  AuditEvent: 'Consent / AuditEvent / Subscription',
  Subscription: 'Consent / AuditEvent / Subscription',
  Slot: 'Slot / Schedule',
  Schedule: 'Slot / Schedule',
};

/** The row that tells what may be done with a type, where it has one. */
export const rowOfType = (typeName: string): RowName | undefined => rowsOfTypes[typeName];

/** Why something was refused, and the row that says so. */
export function quoting({ rows }: { rows: Rows }, row: RowName, why: string): string {
  const cell = rows[row];
  return cell === undefined ? why : `${why}. ${row}: ${cell}`;
}
