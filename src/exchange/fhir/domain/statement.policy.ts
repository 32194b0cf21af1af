import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
} from 'fhir/r4.js';
import type { Facts, ScanBy } from './capabilities.js';

/** Values for _include on Appointment that spare us a read of each. */
const WANTED_INCLUDES = ['Appointment:patient', 'Appointment:practitioner', 'Appointment:location'];

/** What a CapabilityStatement says; what it does not say is taken as absent. */
export function factsOfStatement(statement: CapabilityStatement): Facts {
  const rest = restOf(statement);
  const appointment = resourceOf(rest, 'Appointment');
  const communication = resourceOf(rest, 'Communication');
  const writeBy = appointmentWriteBy(statement, appointment);
  const booking = bookingOf(rest, appointment);
  const creates = can(communication, 'create');
  return {
    fhirVersion: statement.fhirVersion ?? 'unknown',
    syncStrategy: searchable(rest, appointment, '_lastUpdated') ? 'last-updated' : 'window-scan',
    scanBy: scanBy(rest, appointment),
    patientLastUpdated: searchable(rest, resourceOf(rest, 'Patient'), '_lastUpdated'),
    includes: includesOf(appointment),
    appointmentWrite: levelOf(writeBy, booking),
    appointmentWriteBy: writeBy,
    reschedule: can(appointment, 'update') ? 'update' : 'none',
    booking,
    // No statement says it; only the live test can.
    postSearch: false,
    conditionalCreate: communication?.conditionalCreate === true,
    idempotencyHeader: null,
    communicationCreate: creates,
    communicationSearch: communicationSearch(rest, communication),
    communicationChange: communicationChange(statement, communication),
    summaryCarrier: creates ? 'B' : 'F',
    creates: typesThat(rest, 'create').filter((type) => !['Appointment', 'Communication'].includes(type)),
    reads: [...new Set([...typesThat(rest, 'read'), ...typesThat(rest, 'search-type')])],
  };
}

function restOf({ rest }: CapabilityStatement): CapabilityStatementRest | undefined {
  return rest?.find(({ mode }) => mode === 'server') ?? rest?.[0];
}

function levelOf(writeBy: Facts['appointmentWriteBy'], booking: Facts['booking']): Facts['appointmentWrite'] {
  if (writeBy === 'none') return 'L0';
  // A store of resources with Slots books nothing by itself: the hospital says whether it wants that.
  return booking === 'operation' ? 'L3' : 'L2';
}

type RestResource = CapabilityStatementRestResource | undefined;

function resourceOf(rest: CapabilityStatementRest | undefined, type: string): RestResource {
  return rest?.resource?.find((resource) => resource.type === type);
}

function can(resource: RestResource, interaction: string): boolean {
  return resource?.interaction?.some(({ code }) => code === interaction) ?? false;
}

/** Parameters of all resources stand at the rest level. */
function searchable(
  rest: CapabilityStatementRest | undefined,
  resource: RestResource,
  name: string,
): boolean {
  if (!can(resource, 'search-type')) return false;
  return [...(resource?.searchParam ?? []), ...(rest?.searchParam ?? [])].some(
    (param) => param.name === name,
  );
}

/** A patch touches what it names and nothing else; an update sends everything back. */
function appointmentWriteBy(
  statement: CapabilityStatement,
  resource: RestResource,
): Facts['appointmentWriteBy'] {
  if (patches(statement, resource)) return 'patch';
  return can(resource, 'update') ? 'update' : 'none';
}

const SCANS: readonly ScanBy[] = ['date', 'location', 'practitioner', 'patient'];

/** By what appointments can be searched, the plainest first. */
export function scansOfStatement(statement: CapabilityStatement): ScanBy[] {
  const rest = restOf(statement);
  return SCANS.filter((name) => searchable(rest, resourceOf(rest, 'Appointment'), name));
}

/** A search by days alone is the plainest; without it the visits of each known patient are asked for. */
function scanBy(rest: CapabilityStatementRest | undefined, resource: RestResource): ScanBy {
  if (searchable(rest, resource, 'date')) return 'date';
  return searchable(rest, resource, 'patient') ? 'patient' : 'known';
}

function bookingOf(rest: CapabilityStatementRest | undefined, resource: RestResource): Facts['booking'] {
  const operations = [...(resource?.operation ?? []), ...(rest?.operation ?? [])].map(({ name }) => name);
  if (operations.includes('book') || operations.includes('$book')) return 'operation';
  return can(resource, 'create') && can(resourceOf(rest, 'Slot'), 'search-type') ? 'slot' : 'none';
}

function communicationChange(
  statement: CapabilityStatement,
  resource: RestResource,
): Facts['communicationChange'] {
  if (can(resource, 'update')) return 'update';
  return patches(statement, resource) ? 'patch' : 'none';
}

function patches(statement: CapabilityStatement, resource: RestResource): boolean {
  const jsonPatch = statement.patchFormat?.some((format) => format.includes('json-patch')) ?? false;
  return jsonPatch && can(resource, 'patch');
}

function typesThat(rest: CapabilityStatementRest | undefined, interaction: string): string[] {
  return (rest?.resource ?? [])
    .filter((resource) => can(resource, interaction))
    .map(({ type }) => type)
    .sort();
}

function includesOf(resource: RestResource): string[] {
  const declared = resource?.searchInclude ?? [];
  return declared.includes('*') ? WANTED_INCLUDES : WANTED_INCLUDES.filter((name) => declared.includes(name));
}

function communicationSearch(
  rest: CapabilityStatementRest | undefined,
  resource: RestResource,
): Facts['communicationSearch'] {
  if (searchable(rest, resource, 'identifier')) return 'identifier';
  return searchable(rest, resource, 'patient') || searchable(rest, resource, 'subject') ? 'patient' : 'none';
}
