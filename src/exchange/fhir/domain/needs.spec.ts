import { needsOf } from './needs.js';

const DAY_MS = 86_400_000;
const MONDAY = new Date('2026-11-23T09:00:00Z');

function visit(startsAt: Date | null, ...actors: string[]) {
  return {
    startsAt,
    actors: actors.map((actor) => ({ type: actor.split('/')[0]!, id: actor.split('/')[1]! })),
  };
}

function daysOn(days: number): Date {
  return new Date(MONDAY.getTime() + days * DAY_MS);
}

describe('whom visits need', () => {
  it('are patients, practitioners and places, beyond the last of these visits', () => {
    const visits = [visit(daysOn(2), 'Patient/1', 'Location/2'), visit(MONDAY, 'Patient/1', 'Device/3')];
    const needs = needsOf(visits, new Map());
    expect([...needs.keys()]).toEqual(['Patient/1', 'Location/2']);
    expect(needs.get('Patient/1')).toMatchObject({ type: 'Patient', fhirId: '1', startsAt: daysOn(2) });
    expect(needs.get('Patient/1')!.until > daysOn(2)).toBe(true);
  });

  it('are left out while they are followed longer than the visit needs', () => {
    const followed = new Map([['Patient/1', daysOn(10)]]);
    expect(needsOf([visit(daysOn(10), 'Patient/1')], followed).size).toBe(0);
    expect(needsOf([visit(daysOn(11), 'Patient/1')], followed).size).toBe(1);
  });

  it('are nobody for a visit without a start', () => {
    expect(needsOf([visit(null, 'Patient/1')], new Map()).size).toBe(0);
  });
});
