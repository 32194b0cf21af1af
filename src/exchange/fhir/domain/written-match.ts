import type {
  Attachment,
  CodeableConcept,
  Communication,
  FhirResource,
  Identifier,
  Provenance,
} from 'fhir/r4.js';
import { canonicalJson } from './canonical.js';
import type { BusinessIdentifier, WrittenResource, WrittenType } from './writes.js';

/** As FHIR searches for it. It also stands in the text of a message whose EHR keeps no identifier (Oracle Health). */
export function tokenOf({ system, value }: BusinessIdentifier): string {
  return `${system}|${value}`;
}

/**
 * Ours among what a search gave: servers ignore filters, so the identifier is looked at again. What was withdrawn comes
 * last; of several the one with the smallest id is first for every reader.
 */
export function oursAmong(found: readonly FhirResource[], type: WrittenType, identifier: BusinessIdentifier) {
  const ours = found.filter((resource) => resource.resourceType === type && carries(resource, identifier));
  const byId = new Map(ours.map((resource) => [resource.id ?? '', resource as WrittenResource]));
  return [...byId.values()].sort(
    (a, b) => Number(isWithdrawn(a)) - Number(isWithdrawn(b)) || ((a.id ?? '') < (b.id ?? '') ? -1 : 1),
  );
}

export function isWithdrawn(resource: FhirResource): boolean {
  return 'status' in resource && resource.status === 'entered-in-error';
}

export function carries(resource: FhirResource, identifier: BusinessIdentifier): boolean {
  if (identifiersOf(resource).some((one) => sameAs(one, identifier))) return true;
  if (resource.resourceType !== 'Communication') return false;
  const marker = tokenOf(identifier);
  return textsOf(resource).some((text) => text.split(/\r?\n/).some((line) => line.includes(marker)));
}

function identifiersOf(resource: FhirResource): (Identifier | undefined)[] {
  if (resource.resourceType === 'Provenance')
    return (resource.entity ?? []).map(({ what }) => what?.identifier);
  const { identifier } = resource as { identifier?: Identifier | Identifier[] };
  return Array.isArray(identifier) ? identifier : [identifier];
}

function sameAs(one: Identifier | undefined, { system, value }: BusinessIdentifier): boolean {
  return one?.system === system && one.value === value;
}

/** The attachments that are plain text, as text. */
function textsOf({ payload = [] }: Communication): string[] {
  return payload.flatMap(({ contentAttachment }) =>
    isPlain(contentAttachment) ? textOf(contentAttachment) : [],
  );
}

function isPlain(attachment: Attachment | undefined): attachment is Attachment {
  return attachment?.contentType?.startsWith('text/plain') === true;
}

function textOf({ data }: Attachment): string[] {
  return data === undefined ? [] : [Buffer.from(data, 'base64').toString('utf8')];
}

/** `content`: what it says is another. `place`: about whom it says it, as what, or that it stands. */
export type Alteration = 'content' | 'place';

/**
 * What the EHR made otherwise of what was written, as far as it matters; null when it kept it. `subjects`: those under
 * whom an earlier try may have been sent.
 */
export function alterationOf(
  stored: FhirResource,
  sent: WrittenResource,
  { identifier, subjects }: { identifier: BusinessIdentifier; subjects: readonly string[] },
): Alteration | null {
  if (stored.resourceType !== sent.resourceType || !carries(stored, identifier)) return 'content';
  const kept = stored as WrittenResource;
  if (canonicalJson(essenceOf(kept)) !== canonicalJson(essenceOf(sent))) return 'content';
  if (sent.resourceType !== 'Communication') return null;
  return hasItsPlace(kept as Communication, sent, subjects) ? null : 'place';
}

/** An EHR may add categories of its own, and write its base address before a reference. */
function hasItsPlace(kept: Communication, sent: Communication, subjects: readonly string[]): boolean {
  const about = keyIn(kept.subject?.reference);
  const mayBeAbout = [sent.subject?.reference, ...subjects].map(keyIn);
  const codes = codesOf(kept.category);
  return (
    kept.status === sent.status &&
    (sent.subject === undefined || mayBeAbout.includes(about)) &&
    [...codesOf(sent.category)].every((code) => codes.has(code))
  );
}

function codesOf(concepts: CodeableConcept[] = []): Set<string> {
  return new Set(
    concepts.flatMap(({ coding = [] }) => coding.map(({ system, code }) => `${system}|${code}`)),
  );
}

/** What must not be another: EHRs add displays, sizes and profiles of their own. */
function essenceOf(resource: WrittenResource): unknown {
  switch (resource.resourceType) {
    case 'Communication':
      // Every byte: a changed seal opens no more.
      return resource.payload?.map(
        ({ contentString, contentAttachment }) => contentString ?? bytesOf(contentAttachment),
      );
    case 'DocumentReference':
      return [resource.status, resource.content.length];
    case 'Observation':
      return [
        resource.status,
        resource.valueQuantity?.value,
        resource.valueString,
        resource.component?.length,
      ];
    case 'QuestionnaireResponse':
      return [resource.status, resource.item?.map(({ linkId }) => linkId)];
    case 'Provenance':
      return targetsOf(resource);
  }
}

function bytesOf(attachment: Attachment | undefined): string | undefined {
  return attachment?.data?.replace(/\s/g, '');
}

function targetsOf({ target }: Provenance): (string | undefined)[] {
  return target.map(({ reference }) => keyIn(reference));
}

/** Type and id alone: some servers write their base address before it. */
export function keyIn(reference: string | undefined): string | undefined {
  return reference?.split('/').slice(-2).join('/');
}
