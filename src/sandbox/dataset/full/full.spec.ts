import type { Patient } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { type HospitalData, resourcesOf } from '../hospital-data.js';
import { makeDataset } from '../index.js';
import {
  actors,
  every,
  everyVisit,
  type Example,
  harbour,
  hospitals,
  island,
  local,
  now,
  numbersOf,
  parse,
  patients,
  stMarys,
  today,
  visits,
  written,
} from './cases.fake.js';
import { ofPeople } from './people.fake.js';
import { ofVisits } from './visits.fake.js';

const inOne: Example[] = [
  ['zone: America/New_York', () => harbour.timeZone === 'America/New_York'],
  ['zone: Asia/Kolkata', () => stMarys.timeZone === 'Asia/Kolkata'],
  ['zone: Australia/Lord_Howe', () => island.timeZone === 'Australia/Lord_Howe'],
  ['deceased: true', () => every('deceased/true', (one) => one.deceasedBoolean === true)(stMarys)],
  ['deceased: false', () => every('deceased/false', (one) => one.deceasedBoolean === false)(harbour)],
  [
    'deceased: date and time',
    () => every('deceased/date-time', (one) => /T.*[+-]\d\d:\d\d$/.test(one.deceasedDateTime ?? ''))(island),
  ],
  [
    'deceased: year only',
    () => every('deceased/year', (one) => /^\d{4}$/.test(one.deceasedDateTime ?? ''))(harbour),
  ],
  [
    'minor: month of birth only',
    () => every('minor/month-only', ({ birthDate = '' }) => /^\d{4}-\d\d$/.test(birthDate))(harbour),
  ],
  ['shared: parent and children', () => sharing('shared/family', stMarys) === 4],
  ['shared: couple', () => sharing('shared/couple', harbour) === 2 && sharing('shared/couple', island) === 2],
  [
    'shared: twins and their mother',
    () => sharing('shared/twins', harbour) === 3 && patients('minor/twins', harbour).length === 2,
  ],
  ['shared: care home', () => sharing('shared/care-home', island) === 4],
  [
    'clocks forward, an hour: 01:30',
    () => everyVisit('clocks-forward/01:30', (visit) => written(visit) === '01:30')(harbour),
  ],
  [
    'clocks forward, an hour: 02:30 does not exist',
    () =>
      everyVisit(
        'clocks-forward/02:30',
        (visit) => written(visit) === '02:30' && local(visit, harbour.timeZone) === '03:30',
      )(harbour),
  ],
  ['clocks back, an hour: 01:30 comes twice', () => twice('clocks-back/01:30', harbour) === 60],
  [
    'clocks back, an hour: 02:30',
    () => everyVisit('clocks-back/02:30', (visit) => local(visit, harbour.timeZone) === '02:30')(harbour),
  ],
  [
    'clocks forward, half an hour: 02:15 does not exist',
    () =>
      everyVisit(
        'clocks-forward/middle',
        (visit) => written(visit) === '02:15' && local(visit, island.timeZone) === '02:45',
      )(island),
  ],
  ['clocks back, half an hour: 01:45 comes twice', () => twice('clocks-back/middle', island) === 30],
  ['clocks never move', () => visits('clocks-forward/01:30', stMarys).length === 0],
];

/** How many patients share the one number of a household. */
function sharing(name: string, hospital: HospitalData): number {
  const found = patients(name, hospital);
  return new Set(found.flatMap(numbersOf)).size === 1 ? found.length : 0;
}

/** Minutes between two visits at the same time of the clock. */
function twice(name: string, hospital: HospitalData): number {
  const [first] = visits(name, hospital);
  const [second] = visits(`${name}-again`, hospital);
  const same = local(first!, hospital.timeZone) === local(second!, hospital.timeZone);
  return same ? (Date.parse(second!.start!) - Date.parse(first!.start!)) / 60_000 : 0;
}

describe('the full data set', () => {
  describe.each(hospitals.map((hospital) => [hospital.slug, hospital] as const))(
    'at %s',
    (_slug, hospital) => {
      it.each([...ofPeople, ...ofVisits])('has %s', (_row, holds) => {
        expect(holds(hospital)).toBe(true);
      });
    },
  );

  it.each(inOne)('has %s', (_row, holds) => {
    expect(holds(stMarys)).toBe(true);
  });

  it('is as large as it says', () => {
    const sum = (count: (hospital: HospitalData) => number) =>
      hospitals.reduce((total, hospital) => total + count(hospital), 0);

    expect([
      hospitals.length,
      sum(({ patients: all }) => all.length),
      sum(({ appointments }) => appointments.length),
      sum(({ practitioners }) => practitioners.length),
      sum(({ locations }) => locations.length),
      sum(({ patients: all }) => all.filter(isDeceasedStated).length),
      sum(({ patients: all }) => all.filter(({ telecom: some }) => !some).length),
      sum(({ patients: all }) => all.filter(perhapsMinor).length),
    ]).toEqual([3, 400, 2500, 40, 12, 6, 12, 25]);
  });

  it('has five numbers that households share, and no other number twice at one hospital', () => {
    const merged = new Set(['merge/simple', 'merge/chain', 'merge/loop']);
    const shared = hospitals.flatMap((hospital) => {
      const copies = Object.entries(hospital.cases).flatMap(([name, all]) => (merged.has(name) ? all : []));
      const owners = hospital.patients
        .filter(({ id }) => !copies.includes(`Patient/${id}`) && !id?.startsWith('none'))
        .filter(({ id }) => !isOneOf('telecom/zeros telecom/words', `Patient/${id}`, hospital));
      const count = new Map<string, number>();
      for (const owner of owners) {
        for (const number of new Set(owner.telecom?.map(({ value }) => parse(value!, hospital)?.number))) {
          if (number) count.set(number, (count.get(number) ?? 0) + 1);
        }
      }
      return [...count.values()].filter((owning) => owning > 1);
    });

    expect(shared.sort()).toEqual([2, 2, 3, 4, 4]);
  });

  it('gives every patient a visit within the next days', () => {
    for (const { patients: all, appointments } of hospitals) {
      const soon = appointments.filter(({ start = '' }) => {
        const at = Date.parse(start);
        return at > now.getTime() && at < today.plus({ days: 4 }).toMillis();
      });
      const seen = new Set(soon.flatMap((visit) => actors(visit).split(' ')));
      const unseen = all.filter(({ id }) => !seen.has(`Patient/${id}`));

      // A few of the near visits are proposed only, or spoiled.
      expect(unseen.length).toBeLessThan(12);
    }
  });

  it('lies within 10 days behind and 60 ahead, the rare days of the calendar aside', () => {
    for (const hospital of hospitals) {
      const rare = Object.entries(hospital.cases)
        .filter(([name]) => /^(clocks|calendar)/.test(name))
        .flatMap(([, all]) => all);
      for (const { id, start = '' } of hospital.appointments) {
        if (start === '' || rare.includes(`Appointment/${id}`)) continue;
        const days = (Date.parse(start) - now.getTime()) / 86_400_000;
        expect(days).toBeGreaterThan(-11);
        expect(days).toBeLessThan(61);
      }
    }
  });

  it('carries only numbers kept for fiction, all valid that are meant to be', () => {
    const forFiction = /^\+1\d{3}55501\d{2}$|^\+442079460\d{3}$|^\+61491570(006|156|157|158|159|110)$/;
    let walked = 0;
    for (const hospital of hospitals) {
      const people = [...hospital.patients, ...hospital.relatedPersons, ...hospital.locations];
      const entries = people
        .flatMap(({ telecom: all = [] }) => all)
        .filter(({ system }) => system !== 'email');
      for (const { value = '' } of entries) {
        if (hospital.spoiledNumbers.includes(value)) continue;
        const number = parse(value, hospital);
        expect([number?.isValid(), number?.ext]).toEqual([true, undefined]);
        expect(number?.number).toMatch(forFiction);
        walked += 1;
      }
      for (const value of hospital.spoiledNumbers) {
        const digits = value.replace(/ext.*$/, '').replaceAll(/[^\d/]/g, '');
        expect(digits).toMatch(/^(1?\d{3}55501\d{1,2}\/?)+$|^44(7700900|2079460)\d{3}$|^(521)?0{10}$|^$/);
      }
    }
    expect(walked).toBeGreaterThan(350);
  });

  it('is the same for the same seed, another for another, and labelled as test data throughout', () => {
    const again = makeDataset({ seed: 1, now, name: 'full' });
    const other = makeDataset({ seed: 2, now, name: 'full' });

    expect(again.hospitals).toEqual(hospitals);
    expect(other.hospitals[0]?.appointments).not.toEqual(stMarys.appointments);
    for (const row of hospitals.flatMap(resourcesOf)) expect(row.meta?.security?.[0]?.code).toBe('HTEST');
  });
});

const isDeceasedStated = ({ deceasedBoolean, deceasedDateTime }: Patient): boolean =>
  deceasedBoolean !== undefined || deceasedDateTime !== undefined;

const isOneOf = (caseNames: string, reference: string, { cases }: HospitalData): boolean =>
  caseNames.split(' ').some((name) => cases[name]?.includes(reference));

/** Until they are surely grown up. */
function perhapsMinor({ birthDate }: Patient): boolean {
  if (birthDate === undefined) return false;
  const unit = ({ 4: 'year', 7: 'month' } as const)[birthDate.length] ?? 'day';
  return DateTime.fromISO(birthDate).plus({ years: 18 }).endOf(unit) > today;
}
