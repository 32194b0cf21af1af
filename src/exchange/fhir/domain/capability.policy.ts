import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
} from 'fhir/r4.js';
import type {
  AppointmentWriteLevel,
  Capabilities,
  ScanBy,
  SummaryCarrier,
  SyncStrategy,
} from './capabilities.js';
import type { Profile } from './connection.js';

/** What the hospital says, which overrules what was found. */
export interface Overrides {
  profile: Profile;
  syncStrategy: 'auto' | SyncStrategy;
  scanBy: 'auto' | ScanBy;
  appointmentWrite: 'auto' | AppointmentWriteLevel;
  summaryCarrier: 'auto' | SummaryCarrier;
}

type Known = Partial<Capabilities>;

/** What vendors document and their statements do not say (or say too kindly). */
const VENDORS: Record<Profile, Known> = {
  auto: {},
  open: {},
  hapi: {},
  epic: { syncStrategy: 'window-scan', appointmentWrite: 'L0', conditionalCreate: false },
  oracle: {
    syncStrategy: 'window-scan',
    scanBy: 'location',
    appointmentWrite: 'L1',
    reschedule: 'slot',
    booking: 'slot',
    communicationSearch: 'recipient',
    conditionalCreate: false,
    summaryCarrier: 'C',
  },
  athena: {
    syncStrategy: 'notify-then-read',
    scanBy: 'known',
    appointmentWrite: 'L0',
    conditionalCreate: false,
    summaryCarrier: 'F',
  },
  // AWS HealthLake wants a header of its own instead of If-None-Exist.
  healthlake: { conditionalCreate: false, idempotencyHeader: 'x-amz-fhir-idempotency-key' },
};

const WANTED_INCLUDES = ['Appointment:patient', 'Appointment:practitioner', 'Appointment:location'];

/** Reads a CapabilityStatement; what it does not say is taken as absent. */
export function capabilitiesOf(statement: CapabilityStatement, overrides: Overrides): Capabilities {
  const found = { ...stated(statement), ...VENDORS[overrides.profile] };
  const level = chosen(overrides.appointmentWrite) ?? found.appointmentWrite;
  return {
    ...found,
    syncStrategy: chosen(overrides.syncStrategy) ?? found.syncStrategy,
    scanBy: chosen(overrides.scanBy) ?? found.scanBy,
    appointmentWrite: found.appointmentWriteBy === 'none' ? 'L0' : level,
    summaryCarrier: chosen(overrides.summaryCarrier) ?? found.summaryCarrier,
  };
}

function stated(statement: CapabilityStatement): Capabilities {
  const rest = statement.rest?.find(({ mode }) => mode === 'server') ?? statement.rest?.[0];
  const appointment = resourceOf(rest, 'Appointment');
  const communication = resourceOf(rest, 'Communication');
  const writeBy = appointmentWriteBy(statement, appointment);
  const creates = can(communication, 'create');
  return {
    fhirVersion: statement.fhirVersion ?? 'unknown',
    syncStrategy: searchable(rest, appointment, '_lastUpdated') ? 'last-updated' : 'window-scan',
    scanBy: scanBy(rest, appointment),
    patientLastUpdated: searchable(rest, resourceOf(rest, 'Patient'), '_lastUpdated'),
    includes: includesOf(appointment),
    appointmentWrite: writeBy === 'none' ? 'L0' : 'L2',
    appointmentWriteBy: writeBy,
    reschedule: can(appointment, 'update') ? 'update' : 'none',
    booking: bookingOf(rest, appointment),
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

function chosen<T extends string>(setting: 'auto' | T): T | undefined {
  return setting === 'auto' ? undefined : (setting as T);
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
): Capabilities['appointmentWriteBy'] {
  if (patches(statement, resource)) return 'patch';
  return can(resource, 'update') ? 'update' : 'none';
}

/** A search by days alone is the plainest; without it the visits of each known patient are asked for. */
function scanBy(rest: CapabilityStatementRest | undefined, resource: RestResource): ScanBy {
  if (searchable(rest, resource, 'date')) return 'date';
  return searchable(rest, resource, 'patient') ? 'patient' : 'known';
}

function bookingOf(
  rest: CapabilityStatementRest | undefined,
  resource: RestResource,
): Capabilities['booking'] {
  const operations = [...(resource?.operation ?? []), ...(rest?.operation ?? [])].map(({ name }) => name);
  if (operations.includes('book') || operations.includes('$book')) return 'operation';
  return can(resource, 'create') && can(resourceOf(rest, 'Slot'), 'search-type') ? 'slot' : 'none';
}

function communicationChange(
  statement: CapabilityStatement,
  resource: RestResource,
): Capabilities['communicationChange'] {
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
): Capabilities['communicationSearch'] {
  if (searchable(rest, resource, 'identifier')) return 'identifier';
  return searchable(rest, resource, 'patient') || searchable(rest, resource, 'subject') ? 'patient' : 'none';
}
