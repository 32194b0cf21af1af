import type { Appointment, Consent, Location, Patient, RelatedPerson } from 'fhir/r4.js';
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { DateTime } from 'luxon';
import { type HospitalData, resourcesOf } from '../hospital-data.js';
import { makeDataset } from '../index.js';
import { legalMoves, moveName, statusMoves } from '../status-moves.js';

const now = new Date('2027-10-20T18:30:00Z');
const { hospitals } = makeDataset({ seed: 1, now, name: 'full' });
const [stMarys, harbour, island] = hospitals as [HospitalData, HospitalData, HospitalData];

type Row = ReturnType<typeof resourcesOf>[number];

const rowsOf = new Map(
  hospitals.map((hospital) => [
    hospital.slug,
    new Map<string, Row>(resourcesOf(hospital).map((row) => [`${row.resourceType}/${row.id}`, row])),
  ]),
);

/** The rows of a case at one hospital, of one type. */
function rows<T extends Row>(type: T['resourceType'], name: string, { slug, cases }: HospitalData): T[] {
  return (cases[name] ?? [])
    .map((reference) => rowsOf.get(slug)?.get(reference))
    .filter((row): row is T => row?.resourceType === type);
}

const patients = (name: string, hospital: HospitalData) => rows<Patient>('Patient', name, hospital);
const visits = (name: string, hospital: HospitalData) => rows<Appointment>('Appointment', name, hospital);
const guardians = (name: string, hospital: HospitalData) =>
  rows<RelatedPerson>('RelatedPerson', name, hospital);
const consents = (name: string, hospital: HospitalData) => rows<Consent>('Consent', name, hospital);

const numbersOf = ({ telecom = [] }: Patient): string[] => telecom.map(({ value }) => value as string);
const parse = (value: string, { country }: HospitalData) =>
  parsePhoneNumberFromString(value, country as CountryCode);
const [today] = [DateTime.fromJSDate(now)];
const local = (visit: Appointment, zone: string): string =>
  DateTime.fromISO(visit.start as string, { zone }).toFormat('HH:mm');
const written = ({ start = '' }: Appointment): string => start.slice(11, 16);
const names = ({ name = [] }: Patient): string => name.map(({ text }) => text).join(' | ');
const actors = ({ participant }: Appointment): string =>
  participant.map(({ actor }) => actor?.reference ?? actor?.type ?? '').join(' ');
const starting = (kind: string, visit: Appointment): number => actors(visit).split(`${kind}/`).length - 1;

/** A patient case holds when each of its patients is so, and there is one. */
const every =
  (name: string, holds: (patient: Patient, hospital: HospitalData) => boolean) =>
  (hospital: HospitalData) => {
    const found = patients(name, hospital);
    return found.length > 0 && found.every((patient) => holds(patient, hospital));
  };
const everyVisit =
  (name: string, holds: (visit: Appointment, hospital: HospitalData) => boolean) =>
  (hospital: HospitalData) => {
    const found = visits(name, hospital);
    return found.length > 0 && found.every((visit) => holds(visit, hospital));
  };
const telecom = (name: string, holds: (telecom: NonNullable<Patient['telecom']>) => boolean) =>
  every(`telecom/${name}`, (patient) => holds(patient.telecom ?? []));
const typed = (name: string, shape: RegExp) => telecom(name, ([one]) => shape.test(one?.value ?? ''));

type Example = [row: string, holds: (hospital: HospitalData) => boolean];

const inScript = (name: string, script: RegExp): Example => [
  `name: ${name}, with a Latin alias`,
  every(
    `name/${name}`,
    ({ name: [official, alias] = [] }) =>
      script.test(official?.text ?? '') && /^[A-Z][a-z -]+/.test(alias?.text ?? ''),
  ),
];

const inEveryHospital: Example[] = [
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

  ...Object.keys(statusMoves).map((status): Example => [
    `appointment: ${status}`,
    everyVisit(`status/${status}`, (visit) => visit.status === status),
  ]),
  ...legalMoves.map(([from, to]): Example => [
    `appointment: ready to move from ${from} to ${to}`,
    everyVisit(moveName(from, to), (visit) => visit.status === from),
  ]),
  [
    'appointment: cancelled for each reason',
    (hospital) => {
      const codes = Object.keys(hospital.cases).filter((name) => name.startsWith('cancelled/'));
      return (
        codes.length === 32 &&
        codes.every((name) =>
          everyVisit(
            name,
            ({ status, cancelationReason }) =>
              status === 'cancelled' && name.endsWith(`/${cancelationReason?.coding?.[0]?.code}`),
          )(hospital),
        )
      );
    },
  ],
  [
    'appointment: double booking',
    (hospital) => {
      const [one, two] = visits('visit/double-booked', hospital);
      return (
        one?.start === two?.start &&
        actors(one!).match(/Practitioner\/\d+/)?.[0] === actors(two!).match(/Practitioner\/\d+/)?.[0]
      );
    },
  ],
  ['appointment: group visit', everyVisit('visit/group', (visit) => starting('Patient', visit) === 4)],
  [
    'appointment: telehealth',
    everyVisit(
      'visit/telehealth',
      (visit) => starting('Location', visit) === 0 && visit.serviceType?.[0]?.text === 'Video visit',
    ),
  ],
  [
    'appointment: several parts on one day',
    (hospital) => {
      const parts = visits('visit/several-parts', hospital);
      const who = parts.map((visit) => actors(visit).match(/Patient\/\d+/)?.[0]);
      const days = parts.map(({ start }) => start?.slice(0, 10));
      return parts.length === 3 && new Set(who).size === 1 && new Set(days).size === 1;
    },
  ],
  [
    'appointment: no end',
    everyVisit('visit/no-end', ({ start, end }) => start !== undefined && end === undefined),
  ],
  ['appointment: empty strings', everyVisit('visit/empty-strings', ({ description }) => description === '')],
  [
    'appointment: no actor',
    everyVisit('visit/no-actor', ({ participant }) => participant.some(({ actor, type }) => !actor && type)),
  ],
  [
    'appointment: contained Location',
    everyVisit(
      'visit/contained-location',
      (visit) => visit.contained?.[0]?.resourceType === 'Location' && actors(visit).includes('#room'),
    ),
  ],
  [
    'appointment: PractitionerRole only',
    everyVisit(
      'visit/role-only',
      (visit) => starting('PractitionerRole', visit) === 1 && starting('Practitioner', visit) === 0,
    ),
  ],
  [
    'appointment: HealthcareService only',
    everyVisit(
      'visit/service-only',
      (visit) => starting('HealthcareService', visit) === 1 && starting('Practitioner', visit) === 0,
    ),
  ],
  [
    'appointment: patient by identifier only',
    everyVisit('visit/identifier-only', ({ participant }) =>
      participant.some(({ actor }) => actor?.identifier && !actor.reference),
    ),
  ],
  [
    "appointment: another EHR's patient",
    everyVisit('visit/elsewhere', (visit) =>
      actors(visit).includes('https://other-ehr.example/fhir/Patient/'),
    ),
  ],
  [
    'appointment: declined',
    everyVisit('visit/declined', ({ participant }) =>
      participant.some(({ status }) => status === 'declined'),
    ),
  ],
  ['appointment: five minutes', everyVisit('visit/five-minutes', (visit) => minutes(visit) === 5)],
  ['appointment: all day', everyVisit('visit/all-day', (visit) => minutes(visit) === 24 * 60)],
  [
    'appointment: walk-in',
    everyVisit('visit/walk-in', ({ status, start }) => status === 'arrived' && new Date(start!) < now),
  ],
  ['appointment: written in UTC', everyVisit('visit/utc', ({ start }) => start?.endsWith('Z') ?? false)],
  [
    'appointment: at a place in another zone than the hospital',
    everyVisit('visit/branch-zone', (visit, { locations, timeZone }) => {
      const place = locations.find(({ id }) => actors(visit).includes(`Location/${id}`));
      return zoneOf(place) !== undefined && zoneOf(place) !== timeZone;
    }),
  ],
  [
    'appointment: a zone of its own',
    everyVisit('visit/zone-of-its-own', ({ _start }) => Boolean(_start?.extension?.[0]?.valueCode)),
  ],
  [
    'appointment: 23:45 local',
    everyVisit('date-flip/late', (visit, { timeZone }) => local(visit, timeZone) === '23:45'),
  ],
  [
    'appointment: 00:15 local',
    everyVisit('date-flip/early', (visit, { timeZone }) => local(visit, timeZone) === '00:15'),
  ],
  [
    "appointment: New Year's Eve",
    everyVisit('calendar/new-years-eve', ({ start }) => start?.slice(5, 10) === '12-31'),
  ],
  [
    'appointment: 29 February, when one is near',
    everyVisit('calendar/leap-day', ({ start }) => start?.slice(5, 10) === '02-29'),
  ],
  ...['time', 'location', 'practitioner', 'new-id'].map((by): Example => [
    `appointment: rescheduled by ${by} in the run`,
    ({ events }) => events.some(({ name }) => name === `reschedule-${by}`),
  ]),
  ...[
    ['entered-in-error', 'entered in error after its reminder'],
    ['back-dated-create', 'created for a day that has passed'],
    ['status-moves', 'each legal move'],
  ].map(([name, what]): Example => [
    `appointment: ${what}, in the run`,
    ({ events }) => events.some((event) => event.name === name),
  ]),
  [
    'appointment: 120 cancelled at once, in the run',
    ({ events }) => events.find(({ name }) => name === 'clinic-closes')?.steps.length === 120,
  ],
  [
    'server: 500 rows of one lastUpdated, in the run',
    ({ events }) => events.find(({ name }) => name === 'mass-touch')?.steps.length === 500,
  ],
  [
    'server: a late commit, in the run',
    ({ events }) => events.some(({ stampedSecondsAgo = 0 }) => stampedSecondsAgo > 60),
  ],
  [
    'patient: a number moves to somebody else, in the run',
    ({ events }) => events.some(({ name }) => name === 'number-moves'),
  ],
  [
    'patient: comes of age at local midnight, in the run',
    ({ events, timeZone }) => {
      const at = events.find(({ name }) => name === 'patient-turns-18')?.at ?? '';
      return DateTime.fromISO(at, { zone: timeZone }).toFormat('HH:mm') === '00:00';
    },
  ],
];

const replacedBy = (patient: Patient | undefined): string | undefined =>
  patient?.link?.find(({ type }) => type === 'replaced-by')?.other.reference?.split('/')[1];
const minutes = ({ start, end }: Appointment): number => (Date.parse(end!) - Date.parse(start!)) / 60_000;
const zoneOf = (place: Location | undefined): string | undefined => place?.extension?.[0]?.valueCode;

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
      it.each(inEveryHospital)('has %s', (_row, holds) => {
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
