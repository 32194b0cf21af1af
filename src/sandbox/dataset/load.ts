import { makeAppointments } from './appointments.js';
import { type HospitalData, nothingSpecial } from './hospital-data.js';
import { type HospitalPlan, hospitalPlans } from './hospitals.js';
import { makePatients } from './patients.js';
import { phoneBook } from './phones.js';
import { seededRandom } from './random.js';
import { makeLocations, makePractitioners } from './staff.js';
import { type Programme, repeat } from './visit-plan.js';
import { BROKEN_ROWS } from './dirty-rows.js';

const VISITS = 10_000;
const NEAR_VISITS = 2_000;

/** Enough for 10,000 patients with a number of their own: 105 area codes, each with 555-0100 to 555-0199. */
const areaCodes = (
  '201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 ' +
  '253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 ' +
  '321 323 325 330 331 334 336 337 339 347 351 352 360 361 386 401 402 404 405 406 407 408 409 410 412 413 414 415 ' +
  '417 419 423 425 430 432 434 435 440 443 469 478 479 480 484 501 502 503 504 505 507'
).split(' ');

const [first] = hospitalPlans as [HospitalPlan];
const plan: HospitalPlan = { ...first, phoneRegions: ['US'], patients: 10_000, practitioners: 40 };

const programme: Programme = {
  past: [],
  near: repeat('booked', NEAR_VISITS),
  later: repeat('booked', VISITS - NEAR_VISITS - BROKEN_ROWS),
  horizonDays: 40,
};

/** One hospital, the first of the small set, with 10,000 appointments ahead: everybody has one. */
export function makeLoadHospital({ seed, now }: { seed: number; now: Date }): Omit<HospitalData, 'events'> {
  const random = (part: string) => seededRandom(seed, `load/${part}`);
  const phones = phoneBook(random('phones'), { areaCodes });
  const patients = makePatients({ plan, now, phones, random: random('patients') });
  const practitioners = makePractitioners(plan, now, random('practitioners'));
  const locations = makeLocations(plan, now, random('locations'));
  const making = { plan, now, patients, practitioners, locations, random: random('appointments') };
  const { slug, name, timeZone, languages, country } = plan;
  return {
    ...{ slug, name, timeZone, languages, country },
    ...{ patients, practitioners, locations },
    ...makeAppointments(making, programme),
    ...nothingSpecial(),
  };
}
