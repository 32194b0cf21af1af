/** Somebody, or an organization, on a care team. */
export interface CareTeamMember {
  /** `Practitioner/5`, `PractitionerRole/2`, `Organization/1`, `RelatedPerson/3`, `CareTeam/9`. */
  reference: string;
  /** As the EHR writes it; null when it does not say. */
  name: string | null;
  role: string | null;
}

/** An active team of a patient, with those who are on it now. */
export interface CareTeam {
  /** `CareTeam/801` */
  reference: string;
  name: string | null;
  members: CareTeamMember[];
}

export interface CareTeams {
  /** False where the EHR offers no CareTeam: nothing was asked then. */
  offered: boolean;
  /** When the EHR last answered; null: never. */
  asOf: Date | null;
  teams: CareTeam[];
}
