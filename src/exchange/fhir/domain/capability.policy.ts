import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
} from 'fhir/r4.js';
import type { AppointmentWriteLevel, Capabilities, SummaryCarrier, SyncStrategy } from './capabilities.js';
import type { Profile } from './connection.js';

/** What the hospital says, which overrules what was found. */
export interface Overrides {
  profile: Profile;
  syncStrategy: 'auto' | SyncStrategy;
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
    appointmentWrite: 'L1',
    conditionalCreate: false,
    summaryCarrier: 'C',
  },
  athena: {
    syncStrategy: 'window-scan',
    appointmentWrite: 'L0',
    conditionalCreate: false,
    summaryCarrier: 'F',
  },
  // AWS HealthLake wants a header of its own instead of If-None-Exist.
  healthlake: { conditionalCreate: false },
};

const WANTED_INCLUDES = ['Appointment:patient', 'Appointment:practitioner', 'Appointment:location'];

/** Reads a CapabilityStatement; what it does not say is taken as absent. */
export function capabilitiesOf(statement: CapabilityStatement, overrides: Overrides): Capabilities {
  const found = { ...stated(statement), ...VENDORS[overrides.profile] };
  const level = chosen(overrides.appointmentWrite) ?? found.appointmentWrite;
  return {
    ...found,
    syncStrategy: chosen(overrides.syncStrategy) ?? found.syncStrategy,
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
    patientLastUpdated: searchable(rest, resourceOf(rest, 'Patient'), '_lastUpdated'),
    includes: includesOf(appointment),
    appointmentWrite: writeBy === 'none' ? 'L0' : 'L2',
    appointmentWriteBy: writeBy,
    conditionalCreate: communication?.conditionalCreate === true,
    communicationCreate: creates,
    communicationSearch: communicationSearch(rest, communication),
    summaryCarrier: creates ? 'B' : 'F',
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
  const jsonPatch = statement.patchFormat?.some((format) => format.includes('json-patch')) ?? false;
  if (jsonPatch && can(resource, 'patch')) return 'patch';
  return can(resource, 'update') ? 'update' : 'none';
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
