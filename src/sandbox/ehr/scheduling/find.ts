import type { Appointment, CodeableConcept, Schedule, Slot } from 'fhir/r4.js';
import { refuse } from '../fhir/refusal.js';
import type { FhirRequest } from '../fhir/request.js';
import type { Hospital } from '../hospital.js';
import type { Resource, StoredResource } from '../resource.js';
import { compile, type Criterion } from '../search/criterion.js';
import { localReference, type Parameter } from '../search/parameter-kinds.js';
import { searchParameters } from '../search/parameters.js';
import { list } from '../validate/list.js';
import { releaseLapsedHolds } from './holds.js';
import { type Inputs, inputsOf } from './inputs.js';
import { isFree } from './take.js';

const DEFAULT_COUNT = 20;
const PROPOSED = 'proposed-';

/** Visits that could be had: one for each free slot between start and end, the earliest first. */
export function find(request: FhirRequest): Resource[] {
  const { hospital } = request;
  releaseLapsedHolds(hospital);
  const inputs = inputsOf(request);
  const wanted = (name: string): ((actors: string[]) => boolean) => {
    const any = inputs.references(name);
    return (actors) => any.length === 0 || any.some((reference) => actors.includes(reference));
  };
  const byPractitioner = wanted('practitioner');
  const byPlace = wanted('location-reference');
  const types = inputs.texts('visit-type');
  const [patient] = inputs.references('patient-reference');
  return hospital.stores.Slot.find(withinOf(hospital, inputs))
    .filter((slot) => isFree(hospital, slot) && isOfType(slot, types))
    .filter((slot) => {
      const actors = actorsOf(hospital, slot).map(({ reference = '' }) => localReference(reference));
      return byPractitioner(actors) && byPlace(actors);
    })
    .sort((a, b) => Date.parse(a.start as string) - Date.parse(b.start as string))
    .slice(0, Number(inputs.texts('_count')[0] ?? DEFAULT_COUNT))
    .map((slot) => proposal(hospital, slot, patient));
}

/** `code` or `system|code`, as in a search. */
function isOfType({ serviceType }: StoredResource, wanted: string[]): boolean {
  const codes = list(serviceType as CodeableConcept[] | undefined)
    .flatMap(({ coding = [] }) => coding)
    .flatMap(({ system, code }) => [code, `${system}|${code}`]);
  return wanted.length === 0 || wanted.some((type) => codes.includes(type));
}

function withinOf(hospital: Hospital, inputs: Inputs): Criterion[] {
  const [start, end] = ['start', 'end'].map((name) => inputs.texts(name)[0]);
  if (!start || !end) throw refuse(400, 'required', 'The operation needs start and end');
  const zone = hospital.timeZone;
  const criterion = (name: string, value: string): Criterion =>
    compile({ name, value, parameter: searchParameters.Slot[name] as Parameter, zone });
  return [criterion('start', `ge${start}`), criterion('start', `lt${end}`), criterion('status', 'free')];
}

function actorsOf({ stores }: Hospital, slot: StoredResource) {
  const { schedule } = slot as unknown as Slot;
  const [, id = ''] = localReference(schedule.reference ?? '').split('/');
  return list(((stores.Schedule.get(id) ?? {}) as unknown as Schedule).actor);
}

/** The visit that a slot could become. It is stored only when it is held or booked. */
function proposal(hospital: Hospital, slot: StoredResource, patient?: string): Resource {
  const { start, end, serviceType } = slot as unknown as Slot;
  const who = [...(patient ? [{ reference: patient }] : []), ...actorsOf(hospital, slot)];
  const visit: Appointment = {
    resourceType: 'Appointment',
    id: `${PROPOSED}${slot.id}`,
    status: 'proposed',
    ...(serviceType && { serviceType }),
    start,
    end,
    minutesDuration: (Date.parse(end) - Date.parse(start)) / 60_000,
    slot: [{ reference: `Slot/${slot.id}` }],
    participant: who.map((actor) => ({ actor, required: 'required', status: 'needs-action' })),
  };
  return visit as unknown as Resource;
}

/** The proposal of an id that `find` gave. */
export function proposalOf(hospital: Hospital, id: string): Resource | undefined {
  const slot = id.startsWith(PROPOSED) && hospital.stores.Slot.get(id.slice(PROPOSED.length));
  return slot ? proposal(hospital, slot) : undefined;
}
