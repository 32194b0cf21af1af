import type { Appointment, Consent, Patient, RelatedPerson } from 'fhir/r4.js';
import { testMeta } from '../labels.js';
import type { NameKind } from '../names.js';
import { FIRST_PATIENT_ID, makePatient, nameKinds, type PatientMaking, takePhone } from '../patients.js';
import type { Phone } from '../phones.js';
import type { FullPlan } from './plans.js';

export type WardMaking = PatientMaking & { plan: FullPlan };

const FIRST_CONSENT_ID = 7001;
const FIRST_RELATED_ID = 9001;

/** Where the patients of one hospital gather, each example under its name. */
export class Ward {
  readonly patients: Patient[] = [];
  readonly relatedPersons: RelatedPerson[] = [];
  readonly consents: Consent[] = [];
  readonly cases: Record<string, string[]> = {};
  readonly spoiledNumbers: string[] = [];
  readonly whatsappIds: Record<string, string> = {};
  readonly deleted: string[] = [];
  readonly #kinds: NameKind[];

  constructor(readonly making: WardMaking) {
    this.#kinds = nameKinds(making.plan, making.random);
  }

  /** A grown-up with one good number, but for what is special. */
  patient(special: Partial<Patient> = {}, ...names: string[]): Patient {
    const n = this.patients.length;
    const kind = this.#kinds[n % this.#kinds.length] as NameKind;
    const phone = 'telecom' in special ? 'none' : 'mobile';
    const ordinary = makePatient(this.making, { n, kind, patientCase: { phone } });
    const patient = defined({ ...ordinary, ...special });
    this.patients.push(patient);
    this.note(patient, ...names);
    return patient;
  }

  /** A patient whose record was deleted before the run. */
  deletedPatient(name: string): string {
    const id = String(FIRST_PATIENT_ID - 1 - this.deleted.length);
    this.deleted.push(`Patient/${id}`);
    this.cases[name] = [...(this.cases[name] ?? []), `Patient/${id}`];
    return id;
  }

  relatedPerson(person: Omit<RelatedPerson, 'resourceType' | 'id' | 'meta'>, name: string): RelatedPerson {
    const { now, random } = this.making;
    const id = String(FIRST_RELATED_ID + this.relatedPersons.length);
    const row = defined<RelatedPerson>({
      resourceType: 'RelatedPerson',
      id,
      meta: testMeta(now, random),
      ...person,
    });
    this.relatedPersons.push(row);
    this.note(row, name);
    return row;
  }

  consent(consent: Omit<Consent, 'resourceType' | 'id' | 'meta'>, name: string): Consent {
    const { now, random } = this.making;
    const id = String(FIRST_CONSENT_ID + this.consents.length);
    const row: Consent = { resourceType: 'Consent', id, meta: testMeta(now, random), ...consent };
    this.consents.push(row);
    this.note(row, name);
    return row;
  }

  note({ resourceType, id }: Patient | RelatedPerson | Consent | Appointment, ...names: string[]): void {
    for (const name of names) this.cases[name] = [...(this.cases[name] ?? []), `${resourceType}/${id}`];
  }

  /** The first patient of this name. */
  example(name: string): Patient {
    const patient = this.patients.find(({ id }) => this.cases[name]?.includes(`Patient/${id}`));
    if (!patient) throw new Error(`no patient is an example of ${name} yet`);
    return patient;
  }

  takePhone(): Phone {
    return takePhone(this.making);
  }
}

function defined<T extends object>(row: T): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as T;
}
