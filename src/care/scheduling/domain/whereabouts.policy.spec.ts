import { saidIn, whereaboutsOf, type Ground, type Said } from './whereabouts.policy.js';

const GROUND: Ground = {
  zones: new Map([
    ['Location/kolkata', 'Asia/Kolkata'],
    ['Location/perth', 'Australia/Perth'],
    ['Location/delhi', 'Asia/Kolkata'],
  ]),
  hospital: 'Europe/London',
  ways: new Map([
    ['HealthcareService/one', { locations: ['Location/kolkata'], practitioner: null }],
    ['HealthcareService/agree', { locations: ['Location/kolkata', 'Location/delhi'], practitioner: null }],
    ['HealthcareService/differ', { locations: ['Location/kolkata', 'Location/perth'], practitioner: null }],
    ['HealthcareService/nowhere', { locations: [], practitioner: null }],
    ['PractitionerRole/perth', { locations: ['Location/perth'], practitioner: 'Practitioner/5' }],
  ]),
};
const said = (more: Partial<Said>): Said => ({
  timeZone: null,
  place: null,
  practitioner: null,
  ways: [],
  ...more,
});

describe('the zone of a visit', () => {
  it.each<[string, Partial<Said>, string]>([
    ['stands on its start', { timeZone: 'Asia/Tokyo', place: 'Location/perth' }, 'Asia/Tokyo'],
    [
      'is its place’s before its service’s',
      { place: 'Location/perth', ways: ['HealthcareService/one'] },
      'Australia/Perth',
    ],
    [
      'is its service’s when its place has none',
      { place: 'Location/unknown', ways: ['HealthcareService/one'] },
      'Asia/Kolkata',
    ],
    ['is its service’s places’ where they agree', { ways: ['HealthcareService/agree'] }, 'Asia/Kolkata'],
    ['is not guessed where they differ', { ways: ['HealthcareService/differ'] }, 'Europe/London'],
    [
      'is the next one’s where one leads nowhere',
      { ways: ['HealthcareService/nowhere', 'PractitionerRole/perth'] },
      'Australia/Perth',
    ],
    ['is the hospital’s when nothing has been followed yet', { ways: ['Slot/9'] }, 'Europe/London'],
    ['is the hospital’s when nothing is said', {}, 'Europe/London'],
  ])('%s', (_case, more, zone) => {
    expect(whereaboutsOf(said(more), GROUND).timeZone).toBe(zone);
  });

  it('comes with the place and the practitioner that nobody else named', () => {
    expect(whereaboutsOf(said({ ways: ['PractitionerRole/perth'] }), GROUND)).toMatchObject({
      place: 'Location/perth',
      practitioner: 'Practitioner/5',
    });
    const named = said({
      place: 'Location/x',
      practitioner: 'Practitioner/1',
      ways: ['PractitionerRole/perth'],
    });
    expect(whereaboutsOf(named, GROUND)).toMatchObject({
      place: 'Location/x',
      practitioner: 'Practitioner/1',
    });
    expect(whereaboutsOf(said({ ways: ['HealthcareService/agree'] }), GROUND).place).toBeNull();
  });

  it.each<Partial<Said>>([
    {},
    { timeZone: 'Asia/Tokyo' },
    { place: 'Location/1', ways: ['HealthcareService/2', 'PractitionerRole/3'] },
    { timeZone: 'Asia/Tokyo', place: 'Location/1', practitioner: 'Practitioner/4', ways: ['Slot/9'] },
  ])('is kept with what it was worked out from: %j', (more) => {
    const one = said(more);
    const { zoneFrom, practitioner } = whereaboutsOf(one, GROUND);
    expect(saidIn(zoneFrom, practitioner)).toEqual(one);
  });
});
