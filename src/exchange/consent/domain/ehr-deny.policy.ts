import type { CodeableConcept, Coding, Consent as FhirConsent, ConsentProvision, Patient } from 'fhir/r4.js';
import type { ContactFlag } from '../../fhir/index.js';
import { PURPOSES, type Purpose } from './consent.js';

/** Where an EHR says a deny: in a Consent, or by a mark on the Patient. */
export type DenySource = 'consent' | 'contact-flag';

/** Our own purposes as codes, for hospitals that record them one by one. */
const PURPOSE_SYSTEM = 'urn:carethread:purpose';
/** LOINC: consent to text messages (as a published implementation guide uses it), and a patient's consent at large. */
const MESSAGING_CODES = new Set(['http://loinc.org|89057-4']);

/**
 * What the EHR's own Consents forbid: a deny in force that names one of our purposes or messages, or that names nothing
 * at all. A permit inside a deny lifts it for the purposes that it names; nothing here ever permits more than our own
 * consent does.
 */
export function deniedByConsents(consents: readonly FhirConsent[], now: Date): Set<Purpose> {
  const denied = new Set<Purpose>();
  for (const consent of consents) {
    if (consent.status !== 'active' || !isPrivacy(consent) || !consent.provision) continue;
    const about = consent.category.some(hasMessagingCode);
    for (const purpose of deniedIn(consent.provision, { about, now })) denied.add(purpose);
  }
  return denied;
}

/** What the hospital's own marks on the Patient forbid. A purpose that we do not know counts as all of them. */
export function deniedByFlags(patient: Patient, flags: readonly ContactFlag[]): Set<Purpose> {
  return new Set(
    flags.filter((flag) => carries(patient, flag)).flatMap(({ purposes }) => purposesOf(purposes)),
  );
}

function isPrivacy({ scope }: FhirConsent): boolean {
  return codingsOf(scope).some(({ code }) => code === 'patient-privacy');
}

function deniedIn(provision: ConsentProvision, { about, now }: { about: boolean; now: Date }): Set<Purpose> {
  if (!isInForce(provision, now)) return new Set();
  const named = namedIn(provision, about);
  const inner = (type: 'permit' | 'deny') =>
    (provision.provision ?? []).filter((one) => one.type === type && isInForce(one, now));
  const denied = new Set(provision.type === 'deny' ? named : []);
  for (const permit of inner('permit')) for (const purpose of ownPurposes(permit)) denied.delete(purpose);
  for (const deny of inner('deny')) for (const purpose of deniedIn(deny, { about, now })) denied.add(purpose);
  return denied;
}

/** Which of ours a provision speaks of. One that is narrowed to anything else speaks of none. */
function namedIn(provision: ConsentProvision, about: boolean): readonly Purpose[] {
  const own = ownPurposes(provision);
  if (own.length > 0) return own;
  if (about || (provision.code ?? []).some(hasMessagingCode)) return PURPOSES;
  const { purpose, code, action, data, actor, securityLabel } = provision;
  const class_ = provision.class;
  const narrowed = [purpose, code, action, data, actor, securityLabel, class_].some(
    (list) => (list ?? []).length > 0,
  );
  return narrowed ? [] : PURPOSES;
}

function ownPurposes({ purpose = [], code = [] }: ConsentProvision): Purpose[] {
  const codings = [...purpose, ...code.flatMap(codingsOf)].filter(({ system }) => system === PURPOSE_SYSTEM);
  return PURPOSES.filter((known) => codings.some((coding) => coding.code === known));
}

/** Without a period: for ever. A time that cannot be read limits nothing. */
function isInForce({ period }: ConsentProvision, now: Date): boolean {
  const [start, end] = [Date.parse(period?.start ?? ''), endOf(period?.end)];
  return !(start > now.getTime()) && !(end < now.getTime());
}

/** A day ends with its last moment, wherever it ends last on earth. */
function endOf(end: string | undefined): number {
  const at = Date.parse(end ?? '');
  return end?.includes('T') ? at : at + 36 * 3_600_000;
}

function carries({ meta, extension = [] }: Patient, { on, url, value }: ContactFlag): boolean {
  if (on === 'label')
    return (meta?.security ?? []).some(({ system, code }) => system === url && code === value);
  return extension.some((one) => one.url === url && valueOf(one) === value);
}

function valueOf(extension: NonNullable<Patient['extension']>[number]): string | undefined {
  const { valueBoolean, valueCode, valueString, valueCoding, valueCodeableConcept } = extension;
  const coded = valueCoding?.code ?? valueCodeableConcept?.coding?.[0]?.code;
  return valueBoolean === undefined ? (valueCode ?? valueString ?? coded) : String(valueBoolean);
}

function purposesOf(named: readonly string[]): readonly Purpose[] {
  const known = PURPOSES.filter((purpose) => named.includes(purpose));
  return known.length > 0 && known.length === named.length ? known : PURPOSES;
}

function codingsOf({ coding = [] }: CodeableConcept): Coding[] {
  return coding;
}

function hasMessagingCode(concept: CodeableConcept): boolean {
  return codingsOf(concept).some(({ system, code }) => MESSAGING_CODES.has(`${system}|${code}`));
}
