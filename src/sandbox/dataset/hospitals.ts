import type { NameKind } from './names.js';
import type { PhoneRegion } from './phones.js';

export interface HospitalPlan {
  slug: string;
  name: string;
  timeZone: string;
  languages: string[];
  country: string;
  recordNumberPrefix: string;
  /** How many patients carry which kind of name. */
  names: Partial<Record<NameKind, number>>;
  staffNames: NameKind;
  phoneRegions: PhoneRegion[];
  places: string[];
  patients: number;
  practitioners: number;
}

export const hospitalPlans: HospitalPlan[] = [
  {
    slug: 'st-marys',
    name: "St Mary's Hospital",
    timeZone: 'Asia/Kolkata',
    languages: ['en', 'ml'],
    country: 'IN',
    recordNumberPrefix: 'STM',
    names: {
      indian: 27,
      malayalam: 14,
      hindi: 5,
      english: 3,
      arabic: 3,
      diacritics: 2,
      spanish: 1,
      apostrophe: 2,
      'one-word': 2,
      'very-long': 1,
    },
    staffNames: 'indian',
    phoneRegions: ['AU', 'US', 'US', 'US'],
    places: ['Outpatient Clinic 1', 'Cardiology, Block B, 2nd floor', 'Maternity Wing', 'Eye Clinic, Annexe'],
    patients: 60,
    practitioners: 8,
  },
  {
    slug: 'harbour',
    name: 'Harbour General',
    timeZone: 'America/New_York',
    languages: ['en', 'es'],
    country: 'US',
    recordNumberPrefix: 'HGH',
    names: {
      english: 25,
      spanish: 14,
      diacritics: 5,
      apostrophe: 5,
      arabic: 3,
      indian: 2,
      hindi: 1,
      malayalam: 1,
      'one-word': 3,
      'very-long': 1,
    },
    staffNames: 'english',
    phoneRegions: ['US'],
    places: [
      'Main Building, Suite 210',
      'Harbour Pier Clinic',
      'Imaging Center',
      'Family Medicine, East Wing',
    ],
    patients: 60,
    practitioners: 8,
  },
];
