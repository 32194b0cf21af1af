import type { HealthcareService, Location, Practitioner, PractitionerRole } from 'fhir/r4.js';
import { testMeta } from '../labels.js';
import type { Random } from '../random.js';
import { makeLocations } from '../staff.js';
import type { FullPlan } from './plans.js';

interface Building {
  plan: FullPlan;
  now: Date;
  random: Random;
  switchboard: string;
}

/** The first place answers the hospital's own number; some lie in another zone and say so. */
export function makePlaces({ plan, now, random, switchboard }: Building): Location[] {
  return makeLocations(plan, now, random).map((place, n) => {
    const zone = plan.zonesOfPlaces[place.name as string];
    return {
      ...place,
      ...(zone && {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/timezone', valueCode: zone }],
      }),
      ...(n === 0 && { telecom: [{ system: 'phone' as const, value: switchboard, use: 'work' as const }] }),
    };
  });
}

export function makeRoles(practitioners: Practitioner[], now: Date, random: Random): PractitionerRole[] {
  return practitioners.slice(0, 3).map(({ id, name }) => ({
    resourceType: 'PractitionerRole',
    id: `role-${id}`,
    meta: testMeta(now, random),
    active: true,
    practitioner: { reference: `Practitioner/${id}`, display: name?.[0]?.text },
  }));
}

export function makeServices(now: Date, random: Random): HealthcareService[] {
  return ['Physiotherapy', 'Vaccination desk'].map((name, n) => ({
    resourceType: 'HealthcareService',
    id: `service-${n + 1}`,
    meta: testMeta(now, random),
    active: true,
    name,
  }));
}
