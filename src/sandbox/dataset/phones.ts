import type { Random } from './random.js';

/**
 * Numbers kept for fiction, the only ones that a row may carry: +1 NXX 555-01xx, +44 20 7946 0xxx and the
 * six mobile numbers of the Australian list.
 */
const usAreaCodes = (
  '201 202 203 206 212 213 214 215 267 303 305 310 312 332 339 347 401 404 408 413 415 475 503 508 510 512 516 ' +
  '530 551 559 602 609 617 619 631 646 650 661 702 707 713 714 718 732 760 781 805 818 845 848 857 858 860 862 ' +
  '908 909 914 916 917 925 929 949 951 973 978'
).split(' ');
const australian = ['491570006', '491570156', '491570157', '491570158', '491570159', '491570110'];

export type PhoneRegion = 'US' | 'GB' | 'AU';

export interface Phone {
  region: PhoneRegion;
  /** The national number, digits only. */
  national: string;
}

const callingCodes: Record<PhoneRegion, string> = { US: '1', GB: '44', AU: '61' };

export interface PhoneBook {
  /** A number that nobody was given before. */
  take(region: PhoneRegion): Phone;
}

/** `areaCodes`: of the +1 numbers, each gives a hundred; `kept`: national numbers that nobody is given. */
export function phoneBook(
  random: Random,
  { areaCodes = usAreaCodes, kept = [] }: { areaCodes?: string[]; kept?: string[] } = {},
): PhoneBook {
  const twoDigits = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
  const free: Record<PhoneRegion, string[]> = {
    US: random.shuffle(areaCodes.flatMap((area) => twoDigits.map((line) => `${area}55501${line}`))),
    GB: random.shuffle(Array.from({ length: 1000 }, (_, n) => `2079460${String(n).padStart(3, '0')}`)),
    AU: random.shuffle(australian),
  };
  for (const region of Object.keys(free) as PhoneRegion[]) {
    free[region] = free[region].filter((national) => !kept.includes(national));
  }
  return {
    take(wanted) {
      const region = free[wanted].length > 0 ? wanted : 'US';
      const national = free[region].pop();
      if (!national) throw new Error('the numbers kept for fiction are used up');
      return { region, national };
    },
  };
}

export const e164 = ({ region, national }: Phone): string => `+${callingCodes[region]}${national}`;

/** One of the ways in which a front desk types the number; all of them parse with the hospital's own region. */
export function typedPhone(phone: Phone, hospitalCountry: string, random: Random): string {
  if (random.chance(0.6)) return e164(phone);
  const foreign = [spaced(phone), `tel:${e164(phone)}`];
  if (hospitalCountry === 'IN') return random.pick([...foreign, `00${e164(phone).slice(1)}`]);
  return random.pick(hospitalCountry === phone.region ? [...foreign, ...nationalForms(phone)] : foreign);
}

function spaced({ region, national }: Phone): string {
  const groups = { US: [3, 3, 4], GB: [2, 4, 4], AU: [3, 3, 3] }[region];
  let from = 0;
  const parts = groups.map((size) => national.slice(from, (from += size)));
  return `+${callingCodes[region]} ${parts.join(' ')}`;
}

function nationalForms({ region, national }: Phone): string[] {
  if (region !== 'US') return [`0${national}`];
  const [area, exchange, line] = [national.slice(0, 3), national.slice(3, 6), national.slice(6)];
  return [
    `(${area}) ${exchange}-${line}`,
    `${area}.${exchange}.${line}`,
    `1-${area}-${exchange}-${line}`,
    national,
  ];
}
