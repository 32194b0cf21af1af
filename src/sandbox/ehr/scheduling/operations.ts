import type { Appointment, Bundle, FhirResource } from 'fhir/r4.js';
import { randomUUID } from 'node:crypto';
import { refuse } from '../fhir/refusal.js';
import type { Answer, FhirRequest } from '../fhir/request.js';
import type { Resource, StoredResource } from '../resource.js';
import { assertValid } from '../validate/index.js';
import { list } from '../validate/list.js';
import { find, proposalOf } from './find.js';
import { holdFor, releaseLapsedHolds } from './holds.js';
import { type Inputs, inputsOf } from './inputs.js';
import { take } from './take.js';

/** $find, $hold and $book of IHE ITI Scheduling 1.0; each answers a searchset of visits. */
export function operate(request: FhirRequest): Answer {
  const act = acts[request.operation];
  if (!act) throw refuse(404, 'not-supported', 'There is no such operation');
  return { status: 200, body: bundleOf(request.base, act(request)) };
}

const acts: Record<string, (request: FhirRequest) => Resource[]> = {
  find,
  hold: (request) => [keep(request, 'pending')],
  book: (request) => [keep(request, 'booked')],
};

/** Makes the visit that was named, or the one that was held before, pending or booked. */
function keep(request: FhirRequest, status: 'pending' | 'booked'): StoredResource {
  const { hospital, commit } = request;
  releaseLapsedHolds(hospital);
  const inputs = inputsOf(request);
  const { visit, held } = namedVisit(request, inputs);
  const wanted = asKept(visit, status, inputs);
  const { resource, settle } = take(hospital, wanted, held);
  assertValid(resource, held);
  const store = hospital.stores.Appointment;
  const stored = store.stamp(resource, held?.id ?? randomUUID());
  if (!commit) return stored;
  store.put(stored);
  settle();
  if (status === 'pending') holdFor(hospital, stored.id);
  else hospital.holds.delete(stored.id);
  return stored;
}

interface Named {
  visit: Resource;
  held?: StoredResource;
}

function namedVisit({ hospital }: FhirRequest, inputs: Inputs): Named {
  const given = inputs.resource('appointment-resource');
  const [reference = ''] = inputs.references('appointment-reference');
  const id = reference.split('/')[1] ?? given?.id ?? '';
  const held = hospital.stores.Appointment.get(id);
  if (held && held.status !== 'pending') throw refuse(409, 'conflict', 'This visit is held no longer');
  if (held) return { visit: held, held };
  const visit = given ?? proposalOf(hospital, id);
  if (!visit) throw refuse(422, 'not-found', 'There is no such proposal');
  return { visit };
}

function asKept(visit: Resource, status: 'pending' | 'booked', inputs: Inputs): Resource {
  const { participant } = visit as unknown as Appointment;
  const [patient] = inputs.references('patient-reference');
  const [comment] = inputs.texts('comment');
  const isPatient = ({ actor }: { actor?: { reference?: string } }) =>
    Boolean(actor?.reference?.includes('Patient/'));
  const others = list(participant).filter((one) => !patient || !isPatient(one));
  const all = [
    ...(patient ? [{ actor: { reference: patient }, required: 'required' as const }] : []),
    ...others,
  ];
  if (status === 'booked' && !all.some(isPatient))
    throw refuse(422, 'required', 'A visit is booked for a patient');
  const answer = status === 'booked' ? 'accepted' : 'needs-action';
  return {
    ...visit,
    status,
    ...(comment && { comment }),
    participant: all.map((one) => ({ ...one, status: answer })),
  };
}

function bundleOf(base: string, visits: Resource[]): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: visits.length,
    ...(visits.length > 0 && {
      entry: visits.map((visit) => ({
        fullUrl: `${base}/Appointment/${visit.id}`,
        resource: visit as unknown as FhirResource,
        search: { mode: 'match' as const },
      })),
    }),
  };
}
