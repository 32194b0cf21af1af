import { DateTime } from 'luxon';
import { gapsOf } from './drift-gaps.js';

const ZONE = 'America/New_York';
const at = (text: string): Date => DateTime.fromISO(text, { zone: ZONE }).toJSDate();
const WINDOW = { from: at('2027-11-05'), until: at('2027-11-13') };
const cause = { code: 'fhir.unavailable', words: 'The EHR does not answer.' };
const gaps = (place: string, from: string, to: string) =>
  gapsOf({ place, from: at(from), to: at(to), cause }, WINDOW, ZONE);

describe('days that an EHR did not show in full', () => {
  it('are those of the hospital, also over the end of summer time', () => {
    expect(gaps('Location/1', '2027-11-06', '2027-11-09')).toEqual(
      ['2027-11-06', '2027-11-07', '2027-11-08'].map((day) => ({ day, facility: 'Location/1', cause })),
    );
  });

  it.each(['', 'Practitioner/1', 'Patient/1'])(
    'are incomplete everywhere when the search named %j',
    (place) => {
      expect(gaps(place, '2027-11-06', '2027-11-07')).toEqual([{ day: '2027-11-06', facility: null, cause }]);
    },
  );

  it.each([
    ['2027-11-04', '2027-11-05', ['2027-11-05']],
    ['2027-11-04', '2027-11-06', ['2027-11-05']],
    ['2027-11-12', '2027-11-14', ['2027-11-12']],
    ['2027-11-13', '2027-11-14', ['2027-11-12']],
    ['2027-11-06T12:00', '2027-11-07T12:00', ['2027-11-06', '2027-11-07']],
  ])('lie within the window: of %s to %s %j', (from, to, days) => {
    expect(gaps('', from, to).map(({ day }) => day)).toEqual(days);
  });
});
