/**
 * v3-RoleCode (HL7 Terminology, PersonalRelationshipRoleType and RoleClass GUARD): who by law speaks for a child.
 * Left out on purpose: step and foster parents (STPPRN, PRNFOST and what is below them), who need an appointment as
 * guardian that the EHR then carries as GUARD.
 */
export const GUARDIAN_CODES: ReadonlySet<string> = new Set([
  'GUARD',
  'PRN',
  'MTH',
  'FTH',
  'NPRN',
  'NMTH',
  'NFTH',
  'ADOPTP',
  'ADOPTM',
  'ADOPTF',
]);

/** The names that the code system goes by. */
export const ROLE_CODE_SYSTEMS: ReadonlySet<string> = new Set([
  'http://terminology.hl7.org/CodeSystem/v3-RoleCode',
  'http://hl7.org/fhir/v3/RoleCode',
  'urn:oid:2.16.840.1.113883.5.111',
]);
