import type { Parameters, ParametersParameter } from 'fhir/r4.js';
import type { FhirRequest } from '../fhir/request.js';
import { refuse } from '../fhir/refusal.js';
import type { Resource } from '../resource.js';
import { localReference } from '../search/parameter-kinds.js';
import { list } from '../validate/list.js';

/** What an operation was given, in its Parameters or, with GET, in the address. */
export interface Inputs {
  texts(name: string): string[];
  /** Local references such as `Practitioner/501`. */
  references(name: string): string[];
  resource(name: string): Resource | undefined;
}

export function inputsOf({ method, params, body }: FhirRequest): Inputs {
  const given = parametersOf(method, body);
  const named = (name: string): ParametersParameter[] => given.filter((one) => one.name === name);
  return {
    texts: (name) => [
      ...named(name).flatMap(({ valueDateTime, valueInstant, valueString, valueInteger }) => {
        const value = valueDateTime ?? valueInstant ?? valueString ?? valueInteger;
        return value === undefined ? [] : [String(value)];
      }),
      ...params.getAll(name),
    ],
    references: (name) =>
      [
        ...named(name).flatMap(
          ({ valueReference, valueUri, valueString }) =>
            valueReference?.reference ?? valueUri ?? valueString ?? [],
        ),
        ...params.getAll(name),
      ].map(localReference),
    resource: (name) => named(name)[0]?.resource as Resource | undefined,
  };
}

function parametersOf(method: string, body: unknown): ParametersParameter[] {
  if (method === 'GET') return [];
  const { resourceType, parameter } = (body ?? {}) as Partial<Parameters>;
  if (resourceType !== 'Parameters') throw refuse(400, 'structure', 'The body must be Parameters');
  return list(parameter);
}
