import type { CareTeam, CareTeamParticipant } from 'fhir/r4.js';
import { careTeamOf } from './care-team.fhir-mapper.js';

const AT = { now: new Date('2026-11-23T06:00:00Z'), timeZone: 'Asia/Kolkata' };
const on = (reference: string, more: Partial<CareTeamParticipant> = {}): CareTeamParticipant => ({
  member: { reference },
  ...more,
});
const team = (more: Partial<CareTeam> = {}): CareTeam => ({ resourceType: 'CareTeam', id: '7', ...more });
const membersOf = (...participant: CareTeamParticipant[]) => careTeamOf(team({ participant }), AT)!.members;

describe('a care team', () => {
  it.each([
    ['active', {}, true],
    ['active', { status: 'active' }, true],
    ['proposed', { status: 'proposed' }, false],
    ['inactive', { status: 'inactive' }, false],
    ['wrong', { status: 'entered-in-error' }, false],
    ['to come', { period: { start: '2026-11-24' } }, false],
    ['on its last day', { period: { end: '2026-11-23' } }, true],
    ['over', { period: { end: '2026-11-22' } }, false],
    ['of an unreadable period', { period: { end: 'soon' } }, false],
  ] as const)('that is %s (%j) counts: %j', (_what, more, counts) => {
    expect(careTeamOf(team(more as Partial<CareTeam>), AT) !== null).toBe(counts);
  });

  it('has members, each with the role that the EHR gives', () => {
    const members = membersOf(
      on('Practitioner/5', { member: { reference: 'Practitioner/5', display: 'Staff five' } }),
      on('https://ehr.example/fhir/PractitionerRole/2/_history/3', { role: [{ text: 'Nurse' }] }),
      on('Organization/1', { role: [{ coding: [{ code: 'x', display: 'Home care' }] }] }),
      on('RelatedPerson/3', { role: [{ coding: [{ code: '133932002' }] }] }),
    );
    expect(members).toEqual([
      { reference: 'Practitioner/5', name: 'Staff five', role: null },
      { reference: 'PractitionerRole/2', name: null, role: 'Nurse' },
      { reference: 'Organization/1', name: null, role: 'Home care' },
      { reference: 'RelatedPerson/3', name: null, role: '133932002' },
    ]);
  });

  it('has neither the patient, nor who left, nor who is named in words alone, nor what cannot be read', () => {
    const odd = [null, {}, { member: { reference: 7 } }, { member: { display: 'Dr' } }] as never[];
    expect(
      membersOf(on('Patient/1'), on('Practitioner/6', { period: { end: '2026-11-01' } }), ...odd),
    ).toEqual([]);
    expect(careTeamOf(team({ participant: 'all' as never }), AT)!.members).toEqual([]);
  });
});
