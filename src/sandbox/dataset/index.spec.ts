import { createHash } from 'node:crypto';
import { Fhir } from 'fhir/fhir.js';
import { DateTime } from 'luxon';
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import type { HospitalData } from './hospital-data.js';
import { makeDataset } from './index.js';

const now = new Date('2026-11-20T18:30:00Z');
const dataset = makeDataset({ seed: 1, now });
const forFiction = /^\+1\d{3}55501\d{2}$|^\+442079460\d{3}$|^\+61491570(006|156|157|158|159|110)$/;

const clean = (hospital: HospitalData) =>
  hospital.appointments.filter(({ id }) => !hospital.dirtyAppointments.includes(id as string));
const phonesOf = ({ patients, country }: HospitalData) =>
  patients.flatMap(({ telecom = [] }) =>
    telecom.map(({ value }) => parsePhoneNumberFromString(value as string, country as CountryCode)),
  );

describe('the synthetic data set', () => {
  it('holds 120 patients and 400 appointments in two hospitals of different zones', () => {
    const { hospitals } = dataset;

    expect(hospitals.map(({ slug, timeZone }) => [slug, timeZone])).toEqual([
      ['st-marys', 'Asia/Kolkata'],
      ['harbour', 'America/New_York'],
    ]);
    expect(hospitals.flatMap(({ patients }) => patients)).toHaveLength(120);
    expect(hospitals.flatMap(({ appointments }) => appointments)).toHaveLength(400);
    for (const { practitioners, locations } of hospitals) {
      expect(practitioners.every(({ name }) => name?.[0]?.text)).toBe(true);
      expect(locations.every(({ name }) => name)).toBe(true);
    }
  });

  // `npm start` tells its story with these rows: a change of the data must not change them.
  it.each([
    [1, '2026-11-20T18:30:00Z', '5e0e71fe8029dbe7'],
    [7, '2027-02-01T03:30:00.000Z', 'c60eaf63203b9bcc'],
  ])('is row for row what it always was (seed %i)', (seed, instant, fingerprint) => {
    const rows = makeDataset({ seed, now: new Date(instant) }).hospitals.map((hospital) => {
      const { slug, name, timeZone, languages, country, patients, practitioners, locations } = hospital;
      const { appointments, dirtyAppointments } = hospital;
      return {
        ...{ slug, name, timeZone, languages, country, patients, practitioners, locations },
        ...{ appointments, dirtyAppointments },
      };
    });

    const hash = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
    expect(hash.slice(0, 16)).toBe(fingerprint);
  });

  it('is the same for the same seed and now, and different for another seed', () => {
    const again = makeDataset({ seed: 1, now });
    const other = makeDataset({ seed: 2, now });

    expect(again).toEqual(dataset);
    other.hospitals.forEach((hospital, n) => {
      const first = dataset.hospitals[n] as HospitalData;
      expect(hospital.patients.map(({ name }) => name?.[0]?.text)).not.toEqual(
        first.patients.map(({ name }) => name?.[0]?.text),
      );
      expect(hospital.appointments.map(({ start }) => start)).not.toEqual(
        first.appointments.map(({ start }) => start),
      );
    });
  });

  it.each([1, 2, 77])('stores only valid numbers kept for fiction (seed %i)', (seed) => {
    const { hospitals } = makeDataset({ seed, now });
    const phones = hospitals.flatMap(phonesOf);

    expect(phones.length).toBeGreaterThan(100);
    for (const phone of phones) {
      expect(phone?.isValid()).toBe(true);
      expect(phone?.number).toMatch(forFiction);
    }
  });

  it('shares a number between two patients only in the households made for it', () => {
    const owners = new Map<string, number>();
    for (const phone of dataset.hospitals.flatMap(phonesOf)) {
      owners.set(phone?.number as string, (owners.get(phone?.number as string) ?? 0) + 1);
    }

    const shared = [...owners.values()].filter((count) => count > 1);
    expect(shared).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it.each(dataset.hospitals.map((hospital) => [hospital.slug, hospital] as const))(
    'gives %s the patients that make an integration stumble',
    (_slug, { patients }) => {
      const adultSince = DateTime.fromJSDate(now).minus({ years: 18 }).toISODate() as string;
      const languages = patients.map(({ communication }) => communication?.[0]?.language.coding?.[0]?.code);

      expect(patients.filter(({ telecom }) => !telecom)).toHaveLength(4);
      expect(patients.filter(({ telecom }) => telecom?.every(({ use }) => use === 'old'))).toHaveLength(3);
      expect(patients.filter(({ deceasedDateTime }) => deceasedDateTime)).toHaveLength(1);
      expect(patients.filter(({ active }) => active === false)).toHaveLength(1);
      expect(patients.filter(({ birthDate = '' }) => birthDate > adultSince)).toHaveLength(2);
      expect(patients.filter(({ name }) => !name?.[0]?.family).length).toBeGreaterThan(1);
      expect(patients.filter(({ name }) => (name?.[0]?.text?.length ?? 0) > 60)).toHaveLength(1);
      for (const script of [
        /\p{Script=Malayalam}/u,
        /\p{Script=Devanagari}/u,
        /\p{Script=Arabic}/u,
        /['’]/,
        /[ñçüåøłš]/i,
      ]) {
        expect(patients.some(({ name }) => script.test(name?.[0]?.text ?? ''))).toBe(true);
      }
      expect(languages).toEqual(expect.arrayContaining(['en', 'ml', 'es', 'hi', 'ar', 'tlh']));
      expect(patients.every(({ meta }) => meta?.security?.[0]?.code === 'HTEST')).toBe(true);
    },
  );

  it.each(['2026-11-20T18:30:00Z', '2026-11-21T03:00:00Z', '2026-10-29T12:00:00Z', '2027-03-12T23:00:00Z'])(
    'keeps visits in weekday hours over -10 to +40 days, at least 40 booked ones per hospital within 4 days (%s)',
    (instant) => {
      const at = DateTime.fromISO(instant);
      for (const hospital of makeDataset({ seed: 3, now: at.toJSDate() }).hospitals) {
        const timed = clean(hospital).filter(({ start }) => start);
        for (const { start, end } of timed) {
          const [from, to] = [start, end].map((time) =>
            DateTime.fromISO(time as string, { zone: hospital.timeZone }),
          );
          expect(from!.weekday).toBeLessThan(6);
          expect(from!.hour).toBeGreaterThanOrEqual(8);
          expect(to! <= from!.set({ hour: 17, minute: 0 })).toBe(true);
          expect(from! >= at.minus({ days: 11 }) && from! <= at.plus({ days: 41 })).toBe(true);
        }
        const near = timed.filter(({ start = '', status }) => {
          const from = DateTime.fromISO(start);
          return status === 'booked' && from > at && from < at.plus({ days: 4 });
        });
        expect(near.length).toBeGreaterThanOrEqual(40);
      }
    },
  );

  it('has every appointment status, and the five kinds of broken row in each hospital', () => {
    for (const { appointments, dirtyAppointments } of dataset.hospitals) {
      const dirty = appointments.filter(({ id }) => dirtyAppointments.includes(id as string));

      expect(new Set(appointments.map(({ status }) => status)).size).toBe(11);
      expect(dirty.filter(({ start }) => !start)).toHaveLength(1);
      expect(dirty.filter(({ start }) => start && !/(Z|[+-]\d\d:\d\d)$/.test(start))).toHaveLength(1);
      expect(dirty.filter(({ start = '', end = '' }) => end < start)).toHaveLength(1);
      expect(
        dirty.filter(({ participant }) => !JSON.stringify(participant).includes('Patient/')),
      ).toHaveLength(1);
      expect(dirty.filter(({ status }) => (status as string) === 'rescheduled')).toHaveLength(1);
    }
  });

  it('is valid R4, the broken rows aside', () => {
    const validator = new Fhir();
    const rows = dataset.hospitals.flatMap((hospital) => [
      ...hospital.patients,
      ...hospital.practitioners,
      ...hospital.locations,
      ...clean(hospital),
    ]);

    for (const row of rows) {
      const { valid, messages } = validator.validate(row, { errorOnUnexpected: true });
      expect([row.resourceType, valid, messages.filter(({ severity }) => severity === 'error')]).toEqual([
        row.resourceType,
        true,
        [],
      ]);
    }
  });
});
