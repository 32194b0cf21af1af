import type { CareTeam as FhirCareTeam, CareTeamParticipant, CodeableConcept } from 'fhir/r4.js';
import type { CareTeam, CareTeamMember } from '../domain/care-team.js';
import { holdsAt, spanOf } from '../domain/span.policy.js';

/** A reference into the EHR, with or without its address and a version: what it ends with. */
const LITERAL = /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/;

interface At {
  now: Date;
  /** The hospital's IANA zone. */
  timeZone: string;
}

/** Null for a team that is not active now: proposed, ended, or of a period that cannot be read. */
export function careTeamOf(team: FhirCareTeam, at: At): CareTeam | null {
  const { id, status = 'active', name, participant } = team;
  if (status !== 'active' || !isNow(team.period, at)) return null;
  const members = listOf<CareTeamParticipant>(participant).flatMap((one) => memberOf(one, at) ?? []);
  return { reference: `CareTeam/${id}`, name: textOf(name), members };
}

/** The patient is not on the team, and who is only named in words cannot be told from another. */
function memberOf(participant: CareTeamParticipant | null, at: At): CareTeamMember | null {
  const reference = LITERAL.exec(participant?.member?.reference ?? '')?.[1];
  if (!reference || reference.startsWith('Patient/') || !isNow(participant!.period, at)) return null;
  return {
    reference,
    name: textOf(participant!.member!.display),
    role: roleOf(listOf<CodeableConcept>(participant!.role)[0]),
  };
}

function roleOf(role: CodeableConcept | null | undefined): string | null {
  const [coding] = listOf<{ display?: unknown; code?: unknown }>(role?.coding);
  return textOf(role?.text) ?? textOf(coding?.display) ?? textOf(coding?.code);
}

function isNow(period: unknown, { now, timeZone }: At): boolean {
  const span = spanOf(period, timeZone);
  return span !== null && holdsAt(span, now);
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const listOf = <T>(value: unknown): (T | null)[] => (Array.isArray(value) ? (value as T[]) : []);
