import { targetsOf } from './guard-targets.js';
import { faultOfDate, faultOfNarrative, faultOfOrder, faultOfText } from './guard-texts.js';
import { isFhirId, LITERAL } from './reference.js';

type Fields = Record<string, unknown>;

interface Place {
  /** `payload[0].contentString`: for the report. */
  path: string;
  /** `Communication.payload.contentString`: for the rules. */
  element: string;
  /** The last step. */
  name: string;
  /** A list whose nulls hold the place of a primitive or of its extension: `given` and `_given`. */
  holes: boolean;
  depth: number;
}

/** R4 elements with a choice of type, as far as resources that we write have them, their data types included. */
const CHOICES =
  'value|content|occurred|effective|author|deceased|multipleBirth|source|onset|performed|timing|asNeeded|dose|rate|bounds';
const TYPES =
  'Base64Binary|Boolean|Canonical|Code|Date|DateTime|Decimal|Id|Instant|Integer|Markdown|Oid|PositiveInt|String|Time|UnsignedInt|' +
  'Uri|Url|Uuid|Address|Age|Annotation|Attachment|CodeableConcept|Coding|ContactPoint|Count|Distance|Duration|HumanName|' +
  'Identifier|Money|Period|Quantity|Range|Ratio|Reference|SampledData|Signature|Timing|ContactDetail|Contributor|' +
  'DataRequirement|Expression|ParameterDefinition|RelatedArtifact|TriggerDefinition|UsageContext|Dosage|Meta';
const CHOICE = new RegExp(`^(${CHOICES})(?:${TYPES})$`);

/** What R4 calls an element; anything else could be a value in disguise and is not repeated in a report. */
const ELEMENT = /^_?[a-z][A-Za-z0-9]{0,63}$|^resourceType$/;
/** No resource that we write is a tenth as deep. */
const DEEPEST = 60;

/**
 * What R4 forbids in a resource and validators let through, as `path: code`; empty when it may be sent. Codes:
 * `no-type`, `bad-id`, `empty`, `null`, `no-number`, `bad-name`, `too-deep`, `bad-character`, `bad-date`, `no-offset`,
 * `end-not-after-start`, `two-choices`, `no-choice`, `bad-reference`, `wrong-target`, `cpt-2`, `narrative`. Never a value.
 */
export function faultsOf(resource: unknown): string[] {
  if (!isObject(resource) || typeof resource['resourceType'] !== 'string') return ['no-type'];
  const faults: string[] = [];
  look(resource, { path: '', element: '', name: '', holes: false, depth: 0 }, (path, code) => {
    faults.push(path === '' ? code : `${path}: ${code}`);
  });
  return faults;
}

/** Faults of a changed resource that the EHR's own copy does not have: what it wrote itself is not ours to judge. */
export function newFaultsOf(resource: unknown, before: unknown): string[] {
  const known = new Set(faultsOf(before));
  return faultsOf(resource).filter((fault) => !known.has(fault));
}

/** Faults of the values that a JSON Patch puts in, each by its step. What it only tests is the EHR's own. */
export function faultsOfPatch(steps: readonly { op: string; path: string; value?: unknown }[]): string[] {
  const faults: string[] = [];
  for (const [index, { op, path, value }] of steps.entries()) {
    const name = /[A-Za-z]+(?=\/?[\d-]*$)/.exec(path)?.[0] ?? '';
    const place = { path: `step[${index}]`, element: name, name, holes: false, depth: 0 };
    if (op !== 'test') look(value, place, (at, code) => faults.push(`${at}: ${code}`));
  }
  return faults;
}

type Report = (path: string, code: string) => void;

function look(value: unknown, place: Place, report: Report): void {
  if (place.depth > DEEPEST) return report(place.path, 'too-deep');
  if (value === null) return report(place.path, 'null');
  if (typeof value === 'string') return lookAtText(value, place, report);
  if (typeof value === 'number' && !Number.isFinite(value)) return report(place.path, 'no-number');
  if (Array.isArray(value)) return lookAtList(value, place, report);
  if (isObject(value)) lookAtObject(value, place, report);
}

function lookAtText(text: string, { path, element, name }: Place, report: Report): void {
  const fault =
    faultOfText(text) ?? (name === 'div' ? faultOfNarrative(text) : faultOfDate(text, { element, name }));
  if (fault) report(path, fault);
}

function lookAtList(list: unknown[], place: Place, report: Report): void {
  if (list.length === 0) report(place.path, 'empty');
  for (const [index, item] of list.entries()) {
    const inside = { ...place, path: `${place.path}[${index}]`, depth: place.depth + 1 };
    if (item !== null || !place.holes) look(item, inside, report);
  }
}

function lookAtObject(object: Fields, place: Place, report: Report): void {
  const fields = Object.entries(object).filter(([, value]) => value !== undefined);
  if (fields.length === 0) report(place.path, 'empty');
  const own =
    typeof object['resourceType'] === 'string' ? { ...place, element: object['resourceType'] } : place;
  for (const code of faultsOfObject(object, own)) report(place.path, code);
  for (const [name, value] of fields) {
    if (!ELEMENT.test(name)) report(place.path, 'bad-name');
    else look(value, { ...stepInto(own, name), holes: isHoled(object, name) }, report);
  }
}

function stepInto({ path, element, depth }: Place, name: string): Omit<Place, 'holes'> {
  const nested = name === 'contained' ? '' : `${element}.${name}`;
  return { path: path === '' ? name : `${path}.${name}`, element: nested, name, depth: depth + 1 };
}

function isHoled(object: Fields, name: string): boolean {
  return name.startsWith('_') || Array.isArray(object[`_${name}`]);
}

function faultsOfObject(object: Fields, place: Place): string[] {
  const faults = [
    typeof object['resourceType'] === 'string' && object['id'] !== undefined && !isFhirId(object['id'])
      ? 'bad-id'
      : null,
    faultOfChoice(object, place),
    faultOfReference(object, place),
    faultOfOrder(object, place.element),
    isContactPoint(place) && object['value'] !== undefined && object['system'] === undefined ? 'cpt-2' : null,
  ];
  return faults.filter((fault) => fault !== null);
}

function faultOfChoice(object: Fields, { element, name }: Place): string | null {
  const chosen = Object.keys(object).flatMap((key) =>
    object[key] === undefined ? [] : (CHOICE.exec(key)?.[1] ?? []),
  );
  if (new Set(chosen).size < chosen.length) return 'two-choices';
  if (name === 'extension' || name === 'modifierExtension') {
    const nested = object['extension'] !== undefined;
    if (nested && chosen.length > 0) return 'two-choices';
    return nested || chosen.length > 0 ? null : 'no-choice';
  }
  return element === 'Communication.payload' && chosen.length === 0 ? 'no-choice' : null;
}

/** Within this resource, in a bundle, of this EHR, or of another. */
const REFERENCE = /^(?:#[A-Za-z0-9\-.]{1,64}|urn:(?:uuid|oid):[A-Za-z0-9.-]+|https?:\/\/[^\s]+)$/;
const TAIL =
  /^https?:\/\/.*\/([A-Z][A-Za-z]{2,40})\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

function faultOfReference(object: Fields, { element }: Place): string | null {
  const { reference, type } = object;
  if (typeof reference !== 'string') return null;
  const [, named, id] = LITERAL.exec(reference) ?? [];
  const sound = named === undefined ? REFERENCE.test(reference) : isFhirId(id);
  if (!sound) return 'bad-reference';
  const target = named ?? TAIL.exec(reference)?.[1];
  if (target === undefined) return null;
  return isMeant(target, type, element) ? null : 'wrong-target';
}

function isMeant(target: string, type: unknown, element: string): boolean {
  if (typeof type === 'string' && type !== target) return false;
  return targetsOf(element)?.includes(target) ?? true;
}

function isContactPoint({ name }: Place): boolean {
  return name === 'telecom' || name === 'valueContactPoint';
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
