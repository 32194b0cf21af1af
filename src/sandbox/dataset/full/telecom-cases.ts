import type { ContactPoint } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import type { HospitalPlan } from '../hospitals.js';
import { e164, type Phone, typedPhone } from '../phones.js';
import type { Ward } from './ward.js';

type Make = (desk: Desk) => ContactPoint[];

/** What a telecom entry is typed from. */
interface Desk {
  country: string;
  /** A number of +1 kept for fiction: ten digits. */
  american: () => string;
  own: () => string;
  /** A number as any front desk types it. */
  typed: (phone: Phone) => string;
  day: (days: number) => string;
}

const phone = (value: string, more: Partial<ContactPoint> = {}): ContactPoint => ({
  system: 'phone',
  value,
  use: 'mobile',
  ...more,
});

const dashed = (ten: string): string => `${ten.slice(0, 3)}-${ten.slice(3, 6)}-${ten.slice(6)}`;

const internationalPrefixes: Record<string, string> = { IN: '00', US: '011', AU: '0011' };

/** Numbers that can be sent to, however they are written. */
const usable: Record<string, Make> = {
  'tel-prefix': ({ own }) => [phone(`tel:${own()}`)],
  'whatsapp-prefix': ({ own }) => [phone(`whatsapp:${own()}`)],
  'arabic-digits': ({ american }) => [
    phone(`+١${american().replace(/\d/g, (digit) => '٠١٢٣٤٥٦٧٨٩'[Number(digit)] as string)}`),
  ],
  'exit-code': ({ country, own }) => [phone(`${internationalPrefixes[country]}${own().slice(1)}`)],
  'odd-spaces': ({ american }) => [phone(`\u00a0+1\u00a0${dashed(american()).replaceAll('-', '\u2011')} `)],
  foreign: ({ country, american }) => [phone(country === 'US' ? '+61 491 570 156' : `+1${american()}`)],
  'no-use': ({ own }) => [{ system: 'phone', value: own() }],
  'rank-tie': ({ own }) => [phone(own(), { rank: 1 }), phone(own(), { rank: 1 })],
  'rank-order': ({ own }) => [phone(own(), { rank: 3 }), phone(own(), { rank: 1 }), phone(own())],
  replaced: ({ own }) => [phone(own(), { use: 'old' }), phone(own())],
  'period-ended': ({ own, day }) => [phone(own(), { period: { end: day(-30) } })],
  'period-future': ({ own, day }) => [phone(own(), { period: { start: day(90) } })],
  'ends-in-the-run': ({ own, day }) => [phone(own(), { period: { start: day(-400), end: day(2) } })],
  old: ({ own }) => [phone(own(), { use: 'old' })],
  sms: ({ own }) => [phone(own(), { system: 'sms' })],
  'mobile-under-home': ({ typed }) => [
    phone(typed({ region: 'AU', national: '491570110' }), { use: 'home' }),
  ],
  'home-and-work': ({ own }) => [phone(own(), { use: 'home' }), phone(own(), { use: 'work' })],
};

/** What no message may go to. */
const spoiled: Record<string, Make> = {
  extension: ({ american }) => [phone(`+1 ${dashed(american())} ext. 204`, { use: 'work' })],
  'somebody-else': ({ american }) => [phone(`+1 ${dashed(american())} (wife)`)],
  'two-in-one': ({ american }) => [phone(`+1 ${dashed(american())} / +1 ${dashed(american())}`)],
  zeros: () => [phone('000-000-0000')],
  'too-short': ({ american }) => [phone(`+1 ${american().slice(0, 9)}`)],
  'old-mexican-prefix': () => [phone('+52 1 000 000 0000')],
  'fictional-uk-mobile': () => [phone('+44 7700 900123')],
  words: () => [phone('ask at reception')],
  landline: () => [phone('+44 20 7946 0990', { use: 'home' })],
};

export function addTelecomCases(ward: Ward): void {
  const desk = deskOf(ward);
  for (const [name, make] of Object.entries(usable)) ward.patient({ telecom: make(desk) }, `telecom/${name}`);
  for (const [name, make] of Object.entries(spoiled)) {
    const telecom = make(desk);
    ward.patient({ telecom }, `telecom/${name}`);
    ward.spoiledNumbers.push(...telecom.map(({ value }) => value as string));
  }
  for (let n = 0; n < 4; n += 1) ward.patient({ telecom: undefined }, 'telecom/none');
  ward.patient({ telecom: faxAndEmail(desk) }, 'telecom/fax-and-email');
  ward.patient({ telecom: [phone(switchboardOf(ward.making.plan))] }, 'telecom/switchboard');
  addWhatsappId(ward, desk);
}

function deskOf(ward: Ward): Desk {
  const { phones, plan, now, random } = ward.making;
  return {
    country: plan.country,
    american: () => phones.take('US').national,
    own: () => e164(ward.takePhone()),
    typed: (kept) => typedPhone(kept, plan.country, random),
    day: (days) => DateTime.fromJSDate(now, { zone: plan.timeZone }).plus({ days }).toISODate() as string,
  };
}

const faxAndEmail = ({ own }: Desk): ContactPoint[] => [
  { system: 'fax', value: own(), use: 'work' },
  { system: 'email', value: 'patient@mail.example', use: 'home' },
];

/** The hospital's own number, that a clerk typed into a patient's record. */
export function switchboardOf({ country }: HospitalPlan): string {
  const numbers: Record<string, string> = {
    IN: '+44 20 7946 0991',
    US: '+1 617-555-0100',
    AU: '+61 491 570 159',
  };
  return numbers[country] as string;
}

function addWhatsappId(ward: Ward, { american }: Desk): void {
  const [number, id] = [american(), american()];
  ward.whatsappIds[`+1${number}`] = `1${id}`;
  ward.patient({ telecom: [phone(`+1${number}`)] }, 'telecom/whatsapp-id-differs');
}
