import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { HospitalData } from './hospital-data.js';
import { makeDataset } from './index.js';

const now = new Date('2026-11-20T18:30:00Z');
const { hospitals } = makeDataset({ seed: 1, now, name: 'load' });
const [hospital] = hospitals as [HospitalData];

describe('the data set for load', () => {
  it('is 10,000 appointments of one hospital, all ahead but for the broken rows', () => {
    const { appointments, dirtyAppointments } = hospital;
    const ahead = appointments.filter(
      ({ status, start = '' }) => status === 'booked' && new Date(start) > now,
    );

    expect(hospitals).toHaveLength(1);
    expect([appointments.length, dirtyAppointments.length]).toEqual([10_000, 5]);
    expect(ahead.length).toBeGreaterThanOrEqual(9_995);
    expect(new Set(appointments.map(({ id }) => id)).size).toBe(10_000);
    expect(new Set(appointments.map(({ identifier }) => identifier?.[0]?.value)).size).toBe(10_000);
  });

  it('gives nearly everybody a valid number of their own, kept for fiction', () => {
    const numbers = hospital.patients.flatMap(({ telecom = [] }) =>
      telecom.map(({ value }) =>
        parsePhoneNumberFromString(value as string, hospital.country as CountryCode),
      ),
    );

    expect(numbers.every((number) => number?.isValid() && /^\+1\d{3}55501\d\d$/.test(number.number))).toBe(
      true,
    );
    expect(new Set(numbers.map((number) => number?.number)).size).toBeGreaterThan(9_980);
  });

  it('has no record number twice', () => {
    const numbers = hospital.patients.map(({ identifier }) => identifier?.[0]?.value);

    expect(new Set(numbers).size).toBe(10_000);
  });
});
