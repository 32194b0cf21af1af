import type { Patient, RelatedPerson } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { makeName } from '../names.js';
import { e164 } from '../phones.js';
import type { Ward } from './ward.js';

const AGE_OF_MAJORITY = 18;
const BIRTHDAY_IN_DAYS = 3;

/** Seven minors at each hospital but the first, which has a larger family on one phone: 25 in all with those. */
const monthOnlyAt = ['harbour', 'island'];

export function addMinorCases(ward: Ward): void {
  const { plan } = ward.making;
  const today = DateTime.fromJSDate(ward.making.now, { zone: plan.timeZone });
  const comesOfAge = today.plus({ days: BIRTHDAY_IN_DAYS }).minus({ years: AGE_OF_MAJORITY });
  const birthdays: Record<string, string> = {
    'turns-18': comesOfAge.toISODate() as string,
    // Perhaps already grown up, and not to be taken for it.
    'year-only': today.minus({ years: AGE_OF_MAJORITY }).toFormat('yyyy'),
    ...(monthOnlyAt.includes(plan.slug) && { 'month-only': today.minus({ years: 9 }).toFormat('yyyy-MM') }),
    adolescent: today.minus({ years: 15, days: 40 }).toISODate() as string,
  };
  for (const [name, birthDate] of Object.entries(birthdays)) {
    guardianOf(ward, ward.patient({ birthDate }, `minor/${name}`), 'active');
  }
  const child = today.minus({ years: 7, days: 100 }).toISODate() as string;
  for (const kind of ['inactive', 'ended', 'no-phone'] as const) {
    guardianOf(ward, ward.patient({ birthDate: child }, `minor/guardian-${kind}`), kind);
  }
}

type Guardianship = 'active' | 'inactive' | 'ended' | 'no-phone';

/** `value`: the number that the guardian answers, one of their own without it. */
export function guardianOf(ward: Ward, child: Patient, kind: Guardianship, value?: string): RelatedPerson {
  const { random, plan, now } = ward.making;
  const lastYear = DateTime.fromJSDate(now).minus({ months: 14 }).toISODate() as string;
  const ended = DateTime.fromJSDate(now).minus({ months: 1 }).toISODate() as string;
  const telecom = kind === 'no-phone' ? undefined : [numberOf(value ?? e164(ward.takePhone()))];
  return ward.relatedPerson(
    {
      active: kind !== 'inactive',
      patient: { reference: `Patient/${child.id}` },
      relationship: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode',
              code: random.pick(['MTH', 'FTH', 'GUARD']),
            },
          ],
        },
      ],
      name: [makeName(plan.staffNames, random)],
      telecom,
      period: { start: lastYear, ...(kind === 'ended' && { end: ended }) },
    },
    `guardian/${kind}`,
  );
}

const numberOf = (value: string) => ({ system: 'phone' as const, value, use: 'mobile' as const });
