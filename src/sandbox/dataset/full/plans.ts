import { type HospitalPlan, hospitalPlans } from '../hospitals.js';

export interface FullPlan extends HospitalPlan {
  appointments: number;
  /** Zones of the places that lie in another one than the hospital. */
  zonesOfPlaces: Record<string, string>;
}

const [stMarys, harbour] = hospitalPlans as [HospitalPlan, HospitalPlan];

/** Lord Howe moves its clocks by half an hour. */
const island: HospitalPlan = {
  slug: 'island',
  name: 'Island Medical Centre',
  timeZone: 'Australia/Lord_Howe',
  languages: ['en', 'pt-BR'],
  country: 'AU',
  recordNumberPrefix: 'IMC',
  names: { english: 20, spanish: 6, diacritics: 6, apostrophe: 3, arabic: 2, indian: 3 },
  staffNames: 'english',
  phoneRegions: ['US'],
  places: ['Lagoon Road Clinic', 'North Bay Health Post', 'Mainland Specialist Rooms', 'Dental Rooms'],
  patients: 120,
  practitioners: 12,
};

/** The three hospitals of the full set: 400 patients, 40 practitioners, 12 places, 2,500 appointments. */
export const fullPlans: FullPlan[] = [
  {
    ...stMarys,
    phoneRegions: ['US'],
    patients: 140,
    practitioners: 14,
    appointments: 900,
    zonesOfPlaces: { 'Eye Clinic, Annexe': 'Asia/Dubai' },
  },
  {
    ...harbour,
    patients: 140,
    practitioners: 14,
    appointments: 900,
    zonesOfPlaces: { 'Imaging Center': 'America/Chicago' },
  },
  { ...island, appointments: 700, zonesOfPlaces: { 'Mainland Specialist Rooms': 'Australia/Sydney' } },
];
