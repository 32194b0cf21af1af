import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js';
import type { Hospital } from '../hospital.js';
import type { Interaction } from '../profiles/profile.js';
import { type ResourceType, resourceTypes } from '../resource.js';
import { includable, searchParameters } from '../search/parameters.js';

/** What this hospital's server says it can do; it does exactly that. */
export function capabilityStatement(hospital: Hospital, base: string, startedAt: Date): CapabilityStatement {
  const offered = resourceTypes.filter((type) => hospital.profile.types[type].interactions.length > 0);
  const patches = resourceTypes.some((type) => allows(hospital, type, 'patch'));
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: startedAt.toISOString(),
    kind: 'instance',
    software: { name: 'Sandbox EHR', version: '1' },
    implementation: { description: `${hospital.name} (invented data)`, url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    ...(patches && { patchFormat: ['application/json-patch+json'] }),
    rest: [{ mode: 'server', resource: offered.map((type) => resourceCapability(hospital, type)) }],
  };
}

export function allows(hospital: Hospital, type: ResourceType, interaction: Interaction): boolean {
  return hospital.profile.types[type].interactions.includes(interaction);
}

function resourceCapability({ profile }: Hospital, type: ResourceType): CapabilityStatementRestResource {
  const { interactions, searchParams, conditionalCreate } = profile.types[type];
  const known = searchParameters[type];
  const searchInclude = (profile.search.includes ? (includable[type] ?? []) : []).map(
    (name) => `${type}:${name}`,
  );
  return {
    type,
    interaction: interactions.map((code) => ({ code: code as Exclude<Interaction, 'capabilities'> })),
    versioning: 'versioned',
    readHistory: false,
    updateCreate: false,
    conditionalCreate,
    conditionalRead: 'not-supported',
    conditionalUpdate: false,
    conditionalDelete: 'not-supported',
    ...(searchInclude.length > 0 && { searchInclude }),
    searchParam: searchParams.map((name) => ({ name, type: (known[name] as { type: 'token' }).type })),
  };
}
