import type { Patient } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import {
  consents,
  every,
  type Example,
  guardians,
  names,
  now,
  numbersOf,
  parse,
  patients,
  rowsOf,
  today,
} from './cases.fake.js';

const telecom = (name: string, holds: (telecom: NonNullable<Patient['telecom']>) => boolean) =>
  every(`telecom/${name}`, (patient) => holds(patient.telecom ?? []));
const typed = (name: string, shape: RegExp) => telecom(name, ([one]) => shape.test(one?.value ?? ''));

const inScript = (name: string, script: RegExp): Example => [
  `name: ${name}, with a Latin alias`,
  every(
    `name/${name}`,
    ({ name: [official, alias] = [] }) =>
      script.test(official?.text ?? '') && /^[A-Z][a-z -]+/.test(alias?.text ?? ''),
  ),
];

/** Who must be there at every hospital. */
export const ofPeople: Example[] = [
  ['name: diacritics', every('name/diacritics', (one) => /[żŽŠ]/.test(names(one)))],
  inScript('arabic', /\p{Script=Arabic}/u),
  inScript('hindi', /\p{Script=Devanagari}/u),
  inScript('chinese', /\p{Script=Han}/u),
  ['name: one word', every('name/one-word', (one) => !names(one).includes(' '))],
  ['name: no family', every('name/no-family', ({ name }) => !name?.[0]?.family && Boolean(name?.[0]?.given))],
  ['name: text only', every('name/text-only', ({ name }) => !name?.[0]?.family && !name?.[0]?.given)],
  ['name: very long', every('name/very-long', (one) => names(one).length > 150)],
  ['name: apostrophes', every('name/apostrophe', (one) => /'/.test(names(one)) && /’/.test(names(one)))],
  ['name: emoji', every('name/emoji', (one) => /\p{Extended_Pictographic}/u.test(names(one)))],
  ['name: HTML', every('name/markup', (one) => names(one).includes('<script>'))],
  ['name: a placeholder', every('name/placeholder', (one) => names(one).includes('{{1}}'))],
  ['name: bidi control', every('name/bidi-control', (one) => names(one).includes('\u202e'))],
  ['name: several given', every('name/several-given', ({ name }) => name?.[0]?.given?.length === 4)],
  [
    'name: official, old and maiden',
    every('name/old-and-maiden', ({ name }) => name?.map(({ use }) => use).join() === 'official,old,maiden'),
  ],
  [
    'name: chosen is not the legal one',
    every('name/chosen', ({ name }) => name?.[0]?.text !== name?.[1]?.text && name?.[1]?.use === 'usual'),
  ],

  ['telecom: tel:', typed('tel-prefix', /^tel:\+/)],
  ['telecom: whatsapp:', typed('whatsapp-prefix', /^whatsapp:\+/)],
  ['telecom: Arabic-Indic digits', typed('arabic-digits', /^\+[٠-٩]{11}$/)],
  ['telecom: 00 instead of +', typed('exit-code', /^0+1?1?[1-9]/)],
  ['telecom: spaces and hyphens of typesetters', typed('odd-spaces', /\u2011/)],
  [
    'telecom: of another country',
    every(
      'telecom/foreign',
      (one, hospital) => parse(numbersOf(one)[0]!, hospital)?.country !== hospital.country,
    ),
  ],
  ['telecom: no use', telecom('no-use', ([one]) => one !== undefined && one.use === undefined)],
  [
    'telecom: rank tie',
    telecom('rank-tie', (all) => all.length === 2 && all.every(({ rank }) => rank === 1)),
  ],
  ['telecom: rank order', telecom('rank-order', (all) => all[0]?.rank === 3 && all[1]?.rank === 1)],
  ['telecom: old', telecom('old', (all) => all.length === 1 && all[0]?.use === 'old')],
  ['telecom: old and new', telecom('replaced', (all) => all.map(({ use }) => use).join() === 'old,mobile')],
  ['telecom: ended period', telecom('period-ended', ([one]) => new Date(one?.period?.end ?? now) < now)],
  ['telecom: future period', telecom('period-future', ([one]) => new Date(one?.period?.start ?? now) > now)],
  [
    'telecom: ends in the run',
    telecom('ends-in-the-run', ([one]) => {
      const end = new Date(one?.period?.end ?? 0);
      return end > now && end < today.plus({ days: 5 }).toJSDate();
    }),
  ],
  ['telecom: sms', telecom('sms', ([one]) => one?.system === 'sms')],
  [
    'telecom: a mobile under home',
    every(
      'telecom/mobile-under-home',
      (one, hospital) =>
        one.telecom?.[0]?.use === 'home' && parse(numbersOf(one)[0]!, hospital)?.getType() === 'MOBILE',
    ),
  ],
  [
    'telecom: a landline',
    every(
      'telecom/landline',
      (one, hospital) => parse(numbersOf(one)[0]!, hospital)?.getType() === 'FIXED_LINE',
    ),
  ],
  [
    'telecom: home and work',
    telecom('home-and-work', (all) => all.map(({ use }) => use).join() === 'home,work'),
  ],
  ['telecom: extension', typed('extension', /ext\. \d+$/)],
  ["telecom: somebody else's", typed('somebody-else', /\(wife\)$/)],
  ['telecom: two in one', typed('two-in-one', / \/ /)],
  ['telecom: zeros', typed('zeros', /^000-000-0000$/)],
  ['telecom: a digit is missing', typed('too-short', /^\+1 \d{9}$/)],
  ['telecom: the old Mexican prefix', typed('old-mexican-prefix', /^\+52 1 /)],
  ['telecom: UK mobile kept for fiction', typed('fictional-uk-mobile', /^\+44 7700 900/)],
  ['telecom: words', typed('words', /^[a-z ]+$/)],
  [
    'telecom: four without a phone',
    (hospital) =>
      patients('telecom/none', hospital).every(({ telecom: all }) => !all) &&
      patients('telecom/none', hospital).length === 4,
  ],
  [
    'telecom: fax and email only',
    telecom('fax-and-email', (all) => all.map(({ system }) => system).join() === 'fax,email'),
  ],
  [
    "telecom: the hospital's switchboard as mobile",
    every(
      'telecom/switchboard',
      (one, { locations }) =>
        one.telecom?.[0]?.use === 'mobile' && locations[0]?.telecom?.[0]?.value === numbersOf(one)[0],
    ),
  ],
  [
    'telecom: the WhatsApp id is not the number',
    every('telecom/whatsapp-id-differs', (one, { whatsappIds }) => {
      const id = whatsappIds[numbersOf(one)[0]!];
      return id !== undefined && `+${id}` !== numbersOf(one)[0];
    }),
  ],

  ...['en', 'es', 'hi', 'ar', 'pt-BR'].map((code): Example => [
    `language: ${code}`,
    every(`language/${code}`, ({ communication: [one] = [] }) => one?.language.coding?.[0]?.code === code),
  ]),
  ['language: unknown code', every('language/unknown', (one) => JSON.stringify(one).includes('"tlh"'))],
  [
    'language: the second is preferred',
    every('language/second-preferred', ({ communication: [, two] = [] }) => two?.preferred === true),
  ],
  ['language: none', every('language/none', ({ communication }) => !communication)],
  [
    'language: an interpreter is needed',
    every('language/interpreter', (one) => one.extension?.[0]?.valueBoolean === true),
  ],
  ['patient: inactive', every('life/inactive', ({ active }) => active === false)],
  ['patient: restricted', every('life/restricted', ({ meta }) => meta?.security?.[1]?.code === 'R')],
  ['patient: no birth date', every('life/no-birth-date', ({ birthDate }) => birthDate === undefined)],
  [
    'patient: travelling',
    every(
      'life/travelling',
      ({ address: [one] = [] }) => one?.use === 'temp' && Boolean(one.extension?.[0]?.valueCode),
    ),
  ],

  [
    'minor: only the year of birth is known',
    every('minor/year-only', ({ birthDate }) => birthDate === String(today.year - 18)),
  ],
  [
    'minor: turns 18 in the run',
    every('minor/turns-18', ({ birthDate = '' }, { timeZone }) => {
      const days = DateTime.fromISO(birthDate, { zone: timeZone })
        .plus({ years: 18 })
        .diff(today, 'days').days;
      return days > 0 && days < 5;
    }),
  ],
  [
    'minor: adolescent',
    every('minor/adolescent', ({ birthDate = '' }) => today.year - Number(birthDate.slice(0, 4)) < 17),
  ],
  [
    'guardian: active',
    (hospital) => guardians('guardian/active', hospital).some(({ active, telecom: all }) => active && all),
  ],
  [
    'guardian: inactive',
    (hospital) => guardians('guardian/inactive', hospital).some(({ active }) => active === false),
  ],
  [
    'guardian: period ended',
    (hospital) =>
      guardians('guardian/ended', hospital).some(({ period }) => new Date(period?.end ?? now) < now),
  ],
  [
    'guardian: no phone',
    (hospital) => guardians('guardian/no-phone', hospital).some(({ telecom: all }) => !all),
  ],

  [
    'merge: simple',
    (hospital) => {
      const [survivor, source] = patients('merge/simple', hospital);
      return replacedBy(source) === survivor?.id && survivor?.link?.[0]?.type === 'replaces';
    },
  ],
  [
    'merge: chain',
    (hospital) => {
      const [b, a, c] = patients('merge/chain', hospital);
      return replacedBy(a) === b?.id && replacedBy(b) === c?.id && replacedBy(c) === undefined;
    },
  ],
  [
    'merge: loop',
    (hospital) => {
      const [b, a] = patients('merge/loop', hospital);
      return replacedBy(a) === b?.id && replacedBy(b) === a?.id;
    },
  ],
  [
    'merge: other phones, opposite consents',
    (hospital) => {
      const [refused, agreed] = patients('merge/conflict', hospital);
      const types = consents('merge/conflict', hospital).map(({ provision }) => provision?.type);
      return (
        replacedBy(refused) === agreed?.id &&
        numbersOf(refused!).join() !== numbersOf(agreed!).join() &&
        types.join() === 'deny,permit'
      );
    },
  ],
  [
    'merge: the source was deleted',
    (hospital) => {
      const [survivor] = patients('merge/source-deleted', hospital);
      const source = survivor?.link?.[0]?.other.reference ?? '';
      return hospital.deleted.includes(source) && !rowsOf.get(hospital.slug)?.has(source);
    },
  ],
  [
    'merge and unmerge in the run',
    ({ events }) =>
      ['merge', 'unmerge', 'merge-and-delete'].every((name) => events.some((one) => one.name === name)),
  ],

  ['consent: in', (hospital) => consents('consent/in', hospital)[0]?.provision?.type === 'permit'],
  ['consent: out', (hospital) => consents('consent/out', hospital)[0]?.provision?.type === 'deny'],
  [
    'consent: out, then in',
    (hospital) =>
      consents('consent/out-then-in', hospital)
        .map(({ status, provision }) => `${status} ${provision?.type}`)
        .join() === 'inactive deny,active permit',
  ],
  [
    'consent: per purpose',
    (hospital) =>
      new Set(consents('consent/per-purpose', hospital).map(({ provision }) => provision?.purpose?.[0]?.code))
        .size === 2,
  ],
  [
    'consent: expired',
    (hospital) =>
      consents('consent/expired', hospital).some(
        ({ provision }) => new Date(provision?.period?.end ?? now) < now,
      ),
  ],
  [
    'consent: given by a guardian',
    (hospital) =>
      consents('consent/by-guardian', hospital)[0]?.performer?.[0]?.reference?.startsWith('RelatedPerson/') ??
      false,
  ],
  [
    'consent: the EHR says no',
    (hospital) => consents('consent/ehr-says-no', hospital)[0]?.provision?.type === 'deny',
  ],
];

const replacedBy = (patient: Patient | undefined): string | undefined =>
  patient?.link?.find(({ type }) => type === 'replaced-by')?.other.reference?.split('/')[1];
