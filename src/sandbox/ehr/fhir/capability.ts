import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js';
import type { Hospital } from '../hospital.js';
import type { Interaction } from '../profiles/profile.js';
import { type ResourceType, resourceTypes } from '../resource.js';
import { patches } from './allowed.js';
import type { Parameter } from '../search/parameter-kinds.js';
import { searchParameters } from '../search/parameters.js';

type RestInteraction = Exclude<Interaction, 'capabilities' | 'operation'>;

/** IHE ITI Scheduling 1.0. */
const SCHEDULING = 'https://profiles.ihe.net/ITI/Scheduling/OperationDefinition';

/** What this hospital's server says it can do; it does exactly that. */
export function capabilityStatement(hospital: Hospital, base: string, startedAt: Date): CapabilityStatement {
  const offered = resourceTypes.filter((type) => hospital.profile.types[type].interactions.length > 0);
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: startedAt.toISOString(),
    kind: 'instance',
    software: { name: 'Sandbox EHR', version: '1' },
    implementation: { description: `${hospital.name} (invented data)`, url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    ...(patches(hospital.profile) && { patchFormat: ['application/json-patch+json'] }),
    rest: [{ mode: 'server', resource: offered.map((type) => resourceCapability(hospital, type)) }],
  };
}

function resourceCapability({ profile }: Hospital, type: ResourceType): CapabilityStatementRestResource {
  const { interactions, searchParams, postFilters, includes, operations, conditionalCreate } =
    profile.types[type];
  const known = searchParameters[type];
  const searchInclude = includes.map((name) => (name === '*' ? name : `${type}:${name}`));
  return {
    type,
    interaction: interactions.map((code) => ({ code: code as RestInteraction })),
    versioning: 'versioned',
    readHistory: false,
    updateCreate: false,
    conditionalCreate,
    conditionalRead: 'not-supported',
    conditionalUpdate: false,
    conditionalDelete: 'not-supported',
    ...(searchInclude.length > 0 && { searchInclude }),
    searchParam: [...searchParams, ...postFilters].map((name) => ({
      name,
      type: (known[name] as Parameter).type,
    })),
    ...(operations.length > 0 && {
      operation: operations.map((name) => ({ name, definition: `${SCHEDULING}/appointment-${name}` })),
    }),
  };
}
