/** What is read beside visits and their people, where an EHR has it: it tells of places, zones, teams and what was agreed to. */
export const BESIDE = [
  'CareTeam',
  'Consent',
  'HealthcareService',
  'PractitionerRole',
  'RelatedPerson',
  'Schedule',
] as const;
